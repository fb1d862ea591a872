//! Writes the API's schema table: to the file that is named, or to its place in `api`; the descriptions and the protobuf table
//! beside it, or to their places.

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let place = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/api/data/schema.txt");
    let file = std::env::args_os().nth(1).map_or_else(|| PathBuf::from(place), PathBuf::from);
    std::fs::write(&file, schema::table())?;
    let beside = file.with_file_name("descriptions.txt");
    std::fs::write(&beside, schema::descriptions())?;
    let place = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/cli/data/protobuf.txt");
    let numbers =
        std::env::args_os().nth(1).map_or_else(|| PathBuf::from(place), |_| file.with_file_name("protobuf.txt"));
    std::fs::write(&numbers, schema::protobuf::table(&schema::protobuf::source()))?;
    println!("wrote {}", file.display());
    Ok(())
}
