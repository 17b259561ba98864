//! JSON Schemas from types: that of `cost.json`, and of whatever else is written.

use super::interface::Cost;
use super::quantity::Quantity;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// Of what is written of a type: every field that is always written is required, and there are no others.
pub fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    close(&mut schema, false);
    schema
}

/// With whatever quantities there are in tests.
pub fn of_cost() -> Value {
    of::<Cost>()
}

/// Says of every object that it has no other fields than those that are listed: of one that is composed, of all of it together.
fn close(schema: &mut Value, is_part: bool) {
    let Value::Object(object) = schema else { return };
    let has_fields = object.contains_key("properties");
    for (key, inner) in object.iter_mut() {
        match (key.as_str(), inner) {
            ("oneOf" | "anyOf" | "allOf", Value::Array(parts)) => {
                parts.iter_mut().for_each(|part| close(part, is_part || has_fields));
            }
            ("properties" | "$defs", Value::Object(named)) => named.values_mut().for_each(|one| close(one, false)),
            ("items" | "additionalProperties", inner) => close(inner, false),
            _ => {}
        }
    }
    if has_fields && !is_part {
        object.insert("unevaluatedProperties".to_owned(), false.into());
    }
}

/// As it is shipped: without the quantity that only tests have.
pub fn shipped() -> String {
    let mut schema = of_cost();
    without_made_up(&mut schema);
    serde_json::to_string_pretty(&schema).unwrap() + "\n"
}

fn without_made_up(schema: &mut Value) {
    let is_made_up = |name: &str| name.starts_with(Quantity::MadeUp.key());
    match schema {
        Value::Object(object) => {
            object.retain(|key, _| !is_made_up(key));
            object.values_mut().for_each(without_made_up);
        }
        Value::Array(items) => {
            items.retain(|item| !item.as_str().or(item["const"].as_str()).is_some_and(is_made_up));
            items.iter_mut().for_each(without_made_up);
        }
        _ => {}
    }
}
