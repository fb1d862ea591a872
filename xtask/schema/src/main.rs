//! Prints the API's schema table; `cargo xtask generate` puts it into `crates/api/data/schema.txt`.

fn main() {
    print!("{}", schema::table());
}
