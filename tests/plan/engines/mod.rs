//! Configuration that is printed is what its engine takes: every file meets the engine's schema, in full, and what a schema cannot say is
//! checked besides. The schemas stand beside this file, with their sources.

mod kubernetes;
mod plans;
mod prometheus;

use serde_json::Value;

/// What a schema says against a document.
///
/// # Errors
/// Where it is wrong and why.
fn checked(schema: &str, document: &Value) -> Result<(), String> {
    let mut compiler = boon::Compiler::new();
    compiler.add_resource("engine.schema.json", serde_json::from_str(schema).unwrap()).unwrap();
    let mut schemas = boon::Schemas::new();
    let compiled = compiler.compile("engine.schema.json", &mut schemas).unwrap();
    schemas.validate(document, compiled).map_err(|error| format!("{error:#}"))
}

/// A change to a good document that makes a bad one: it must be refused, or the schema would take anything.
fn refuses(schema: &str, good: &Value, at: &str, put: Value) {
    let mut bad = good.clone();
    let (parent, key) = at.rsplit_once('/').unwrap();
    let place = bad.pointer_mut(parent).unwrap_or_else(|| panic!("no {parent} in {good:#}"));
    match (place, &put) {
        (Value::Object(entries), Value::Null) => drop(entries.remove(key).unwrap_or_else(|| panic!("no {at}"))),
        (Value::Object(entries), _) => drop(entries.insert(key.to_owned(), put)),
        (other, _) => panic!("{parent} is {other}"),
    }
    assert!(checked(schema, &bad).is_err(), "{at} was taken: {bad:#}");
}
