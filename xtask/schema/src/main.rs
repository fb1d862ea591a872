//! Writes the API's schema table: to the file that is named, or to its place in `api`; the descriptions beside it.

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let place = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/api/data/schema.txt");
    let file = std::env::args_os().nth(1).map_or_else(|| PathBuf::from(place), PathBuf::from);
    std::fs::write(&file, schema::table())?;
    let beside = file.with_file_name("descriptions.txt");
    std::fs::write(&beside, schema::descriptions())?;
    println!("wrote {}", file.display());
    Ok(())
}
