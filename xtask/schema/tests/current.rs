//! The committed table is the one the generator makes.

#[test]
fn the_committed_schema_table_is_current() {
    let committed = include_str!("../../../crates/api/data/schema.txt");
    assert!(committed == schema::table(), "crates/api/data/schema.txt is old: run `cargo xtask generate`");
}

#[test]
fn the_committed_descriptions_are_current() {
    let committed = include_str!("../../../crates/api/data/descriptions.txt");
    assert!(committed == schema::descriptions(), "crates/api/data/descriptions.txt is old: run `cargo xtask generate`");
}

#[test]
fn the_committed_protobuf_table_is_current() {
    let committed = include_str!("../../../crates/cli/data/protobuf.txt");
    let table = schema::protobuf::table(&schema::protobuf::source());
    assert!(committed == table, "crates/cli/data/protobuf.txt is old: run `cargo xtask generate`");
}
