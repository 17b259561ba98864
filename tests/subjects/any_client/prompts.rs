//! What programs keep of their prompts is found, and where they send none of what was asked for, that is said.

use super::{free_port, measure, source, tell};
use crate::support::client_or_left_out;
use serde_json::Value;

/// 88 pages, so that what is kept of it is known to the byte.
const PROMPTS: &str = "0,360448";
const SHORT: [&str; 10] =
    ["--streams", "2,8,16", "--drop", "--chars", "1000", "--pace", "1s", "--repeats", "2", "--prompt-chars"];

fn kept(cost: &Value) -> [f64; 3] {
    let kept = &cost["series"][0]["kept_bytes_per_prompt_byte"];
    ["value", "low", "high"].map(|name| kept[name].as_f64().unwrap_or_else(|| panic!("no number: {cost}")))
}

fn doubt<'a>(cost: &'a Value, kind: &str) -> Option<&'a Value> {
    cost["series"][0]["doubts"].as_array().unwrap().iter().find(|doubt| doubt["kind"] == kind)
}

#[test]
fn prompts_kept_once_twice_and_not_at_all() {
    if !client_or_left_out("python3") {
        return;
    }
    std::thread::scope(|scope| {
        for copies in [0, 1, 2] {
            scope.spawn(move || prompts_kept(copies));
        }
    });
}

fn prompts_kept(copies: u8) {
    let program = ["python3", source("prompts.py").to_str().unwrap(), &copies.to_string()].map(str::to_owned);
    let (cost, _) = measure(&[&SHORT[..], &[PROMPTS]].concat(), &program.each_ref().map(String::as_str));
    let [value, low, high] = kept(&cost);
    assert!(low <= f64::from(copies) && f64::from(copies) <= high, "{copies}: {value} ({low} to {high})");
    assert!(high - low < 0.1 && (value - f64::from(copies)).abs() < 0.02, "{copies}: {value} ({low} to {high})");
    assert_eq!(doubt(&cost, "prompts-not-sent"), None);
    assert_eq!(cost["prompt_chars"], serde_json::json!([0, 360_448]));
    let request = cost["series"][0]["request_bytes_per_stream"].as_f64().unwrap();
    assert!((360_448.0..361_000.0).contains(&request), "{request}");
}

#[test]
fn a_program_that_knows_nothing_of_prompts_is_told_so() {
    if !client_or_left_out("python3") {
        return;
    }
    let program = source("prompts.py");
    let command = ["python3", program.to_str().unwrap(), "1", "something-else"];
    let (cost, _) = tell(&[&SHORT[..], &[PROMPTS]].concat(), &command);
    assert!(cost["series"][0]["kept_bytes_per_prompt_byte"].is_null() && cost["series"][0]["prompt_axis"].is_null());
    let doubt = doubt(&cost, "prompts-not-sent").unwrap();
    assert_eq!((&doubt["asked_chars"], &doubt["by_users"]), (&360_448.into(), &false.into()));
    assert!(doubt["text"].as_str().unwrap().contains("PROBE_PROMPT_CHARS"), "{doubt}");
}

/// What a server costs that holds its users' requests, or sends something else instead.
fn cost_of_server(passes_on: &[&str]) -> Option<Value> {
    if !client_or_left_out("python3") {
        return None;
    }
    let (program, port) = (source("forwards.py"), free_port());
    let address = format!("http://127.0.0.1:{port}/");
    let drive = ["--drive", &address, "--drive-body", "{prompt}"];
    let command = [&["python3", program.to_str().unwrap(), &port][..], passes_on].concat();
    Some(measure(&[&SHORT[..], &[PROMPTS], &drive].concat(), &command).0)
}

/// Users put their prompts into their requests, and what a server holds of each is found.
#[test]
fn prompts_of_users() {
    let Some(cost) = cost_of_server(&[]) else { return };
    let [value, low, high] = kept(&cost);
    assert!(low <= 2.0 && 2.0 <= high, "{value} ({low} to {high})");
    assert!(high - low < 0.2 && (value - 2.0).abs() < 0.04, "{value} ({low} to {high})");
}

#[test]
fn a_server_that_sends_something_else_is_told_so() {
    let Some(cost) = cost_of_server(&["something-else"]) else { return };
    assert!(cost["series"][0]["kept_bytes_per_prompt_byte"].is_null());
    let doubt = doubt(&cost, "prompts-not-sent").unwrap();
    assert!(doubt["text"].as_str().unwrap().contains("{prompt} in --drive-body"), "{doubt}");
}
