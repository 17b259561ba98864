//! The JSON Schema of `cost.json`, from its types.

use super::interface::Cost;
use super::quantity::Quantity;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// With whatever quantities there are in tests.
pub fn of_cost() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Cost>().to_value()
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
