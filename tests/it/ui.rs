//! What the compiler says of what cannot be. `TRYBUILD=overwrite` writes the answers anew.

#[test]
fn mistakes_are_reported_where_they_are_and_with_a_remedy() {
    let tests = trybuild::TestCases::new();
    tests.compile_fail("tests/ui/*.rs");
}
