//! [`tests::fuzz::protobuf`], with inputs that libFuzzer makes.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    tests::fuzz::protobuf(bytes);
});
