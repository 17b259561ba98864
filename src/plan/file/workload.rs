//! A `[[workload]]`.

use super::document::TomlTable;
use super::process::{Defaults, mode_word};
use super::quantity::{
    COUNT, COUNT_OR_NONE, FACTOR, HOURS, RATE, SHARE, TIME, TIME_OR_NONE, at_most, band, band_at_most, one, text,
    truth, words,
};
use crate::plan::band::Band;
use crate::plan::formula;
use crate::plan::workload::BYTES_PER_TOKEN;
use crate::plan::workload::{Class, Headroom, Tokens, Workload};
use std::collections::BTreeMap;

/// Every key of a workload.
const KEYS: [&str; 26] = [
    "name",
    "arrival",
    "tasks",
    "window",
    "duration",
    "p95",
    "retry",
    "timeout",
    "hung",
    "wait",
    "headroom",
    "model",
    "class",
    "classes",
    "input_tokens",
    "input_chars",
    "prompt",
    "images",
    "tools_chars",
    "cached",
    "output_tokens",
    "chars",
    "mode",
    "client",
    "hours_a_day",
    "batch",
];
/// Retries above this are a slip of the pen.
const MOST_RETRIES: f64 = 10.0;
/// Tokens of an image.
const TOKENS_PER_IMAGE: f64 = 1500.0;

/// Reads a workload, the `index`-th; `None` if what is missing or wrong leaves none.
pub fn read_workload(
    table: &TomlTable<'_>,
    index: usize,
    defaults: &Defaults<'_>,
    routes: &BTreeMap<Class, String>,
) -> Option<Workload> {
    let given = table.get("name", words);
    let table = &given.as_ref().map_or_else(|| table.clone(), |name| table.named(name));
    let name = given.unwrap_or_else(|| format!("workload {}", index + 1));
    let arrival = read_arrival(table);
    let duration = table.get("duration", band(TIME));
    if table.entry("duration").is_none() {
        table.complain("duration is missing: the mean time from request to the end of the stream, such as \"12s\"");
    }
    let p95 = table.get("p95", one(TIME));
    let timeout = table.get("timeout", one(TIME));
    let hung = table.get("hung", band_at_most(SHARE, 1.0)).unwrap_or(Band::exact(0.0));
    if let Some(duration) = duration {
        check_times(table, duration, p95, timeout, hung);
    }
    let headroom = table.get("headroom", one(FACTOR));
    if let (Some(factor), Some(entry)) = (headroom.filter(|factor| *factor < 1.0), table.entry("headroom")) {
        entry.complain(format!("{factor} would plan for less than the mean: give 1 or more, such as 1.5"));
    }
    let (client, mode) = (table.get("client", words), table.get("mode", mode_word));
    let memory = defaults.line(client, mode).unwrap_or_else(|text| {
        table.complain(text);
        None
    });
    let chars = table.get("chars", one(COUNT));
    let output = read_output(table, chars);
    // Everything is read before anything may be missing, so that every mistake is found.
    let retry = table.get("retry", band_at_most(SHARE, MOST_RETRIES)).unwrap_or(Band::exact(0.0));
    let wait = table.get("wait", one(TIME_OR_NONE));
    let model = read_model(table, routes);
    let classes = read_classes(table, routes);
    let input = read_input(table);
    let cached = table.get("cached", at_most(SHARE, 1.0)).unwrap_or(0.0);
    let hours_a_day = table.get("hours_a_day", at_most(HOURS, 24.0));
    let batch = table.get("batch", truth).unwrap_or(false);
    table.end(&KEYS);
    let (arrival, duration) = (arrival?, duration?);
    Some(Workload {
        name,
        arrival,
        duration,
        p95,
        retry,
        timeout,
        hung,
        wait,
        headroom: headroom_of(headroom, timeout, duration.likely),
        model,
        classes,
        input,
        cached,
        output,
        text_bytes: chars.or_else(|| Some(output?.count.likely * BYTES_PER_TOKEN)),
        hours_a_day,
        batch,
        memory,
    })
}

fn read_arrival(table: &TomlTable<'_>) -> Option<Band> {
    let arrival = table.get("arrival", band(RATE));
    let (tasks, window) = (table.get("tasks", one(COUNT)), table.get("window", one(TIME)));
    let has = |key: &str| table.entry(key).is_some();
    match (has("arrival"), has("tasks"), has("window")) {
        (true, false, false) => arrival,
        (false, true, true) => Some(Band::exact(formula::arrival_rate(tasks?, window?))),
        (true, _, _) => {
            table.complain("arrival, and tasks in a window, are two ways to say one thing: keep one of them");
            None
        }
        (false, true, false) => {
            table.complain("tasks need the window in which they come, such as window = \"30min\"");
            None
        }
        (false, false, true) => {
            table.complain("a window needs the number of tasks that come in it, such as tasks = 90");
            None
        }
        (false, false, false) => {
            table.complain("arrival is missing: requests a second, such as 2.5, or tasks in a window");
            None
        }
    }
}

/// Times that contradict one another.
fn check_times(table: &TomlTable<'_>, duration: Band, p95: Option<f64>, timeout: Option<f64>, hung: Band) {
    let mean = duration.likely;
    if let (Some(timeout), Some(entry)) = (timeout, table.entry("timeout")) {
        if timeout < duration.high {
            entry.complain(format!(
                "a timeout of {timeout} s is below the mean duration of {} s, which no mean can exceed: raise it, or give the duration that the timeout allows",
                duration.high
            ));
            return;
        }
        // 95 % of the streams last p95 at most, and the others the timeout at most.
        let most = |p95: f64| 0.95 * p95 + 0.05 * timeout;
        if let (Some(p95), Some(entry)) = (p95.filter(|p95| mean > most(*p95) * (1.0 + 1e-9)), table.entry("p95")) {
            entry.complain(format!(
                "a p95 of {p95} s and a timeout of {timeout} s allow a mean of {:.1} s at most, and duration says {mean} s: one of the three is wrong",
                most(p95)
            ));
        }
    }
    if let (None, true, Some(entry)) = (timeout, hung.high > 0.0, table.entry("hung")) {
        entry.complain("streams that hang hold their place until the timeout: give timeout too, such as \"120s\"");
    }
}

fn headroom_of(given: Option<f64>, timeout: Option<f64>, duration: f64) -> Headroom {
    match (given, timeout) {
        (Some(factor), _) => Headroom::Given(factor),
        (None, Some(timeout)) => Headroom::by_rule(timeout, duration),
        (None, None) => Headroom::Assumed(formula::LEAST_HEADROOM),
    }
}

fn read_model(table: &TomlTable<'_>, routes: &BTreeMap<Class, String>) -> Option<String> {
    let model = table.get("model", words);
    let class = table.get("class", |entry| {
        let name = words(entry)?;
        let class = class_named(&name)?;
        match routes.get(&class) {
            Some(route) => Ok(route.clone()),
            None => Err(format!("no model is routed to: write [routes] with {class} = \"MODEL\"")),
        }
    });
    if table.entry("model").is_some() && table.entry("class").is_some() {
        table.complain("model and class both choose a model: keep one of them");
    }
    model.or(class)
}

fn class_named(name: &str) -> Result<Class, String> {
    let known = Class::ALL.into_iter().find(|class| class.name() == name);
    known.ok_or_else(|| format!("there is no class '{name}': there are {}", Class::ALL.map(Class::name).join(", ")))
}

fn read_classes(table: &TomlTable<'_>, routes: &BTreeMap<Class, String>) -> Vec<(Class, f64)> {
    let Some(entry) = table.entry("classes") else { return Vec::new() };
    let Some(table) = entry.as_table(&format!("{}.", entry.name)) else {
        entry.complain("write the share of each class, as { simple = \"60%\", moderate = \"30%\", complex = \"10%\" }");
        return Vec::new();
    };
    let shares =
        Class::ALL.into_iter().filter_map(|class| Some((class, table.get(class.name(), at_most(SHARE, 1.0))?)));
    let shares: Vec<(Class, f64)> = shares.collect();
    table.end(&Class::ALL.map(Class::name));
    let sum: f64 = shares.iter().map(|(_, share)| share).sum();
    if (sum - 1.0).abs() > 1e-6 {
        entry.complain(format!("the shares add up to {:.0} % and not to 100 %", sum * 100.0));
    }
    for (class, _) in shares.iter().filter(|(class, _)| !routes.contains_key(class)) {
        entry.complain(format!("no model is routed to for {class}: write [routes] with {class} = \"MODEL\""));
    }
    shares
}

/// Tokens as counted, or estimated: a token is about 4 characters of English, an image about 1,500 tokens.
fn read_input(table: &TomlTable<'_>) -> Option<Tokens> {
    let counted = table.get("input_tokens", band(COUNT_OR_NONE));
    let chars = table.get("input_chars", band(COUNT_OR_NONE));
    let prompt = table.get("prompt", text).map(|prompt| Band::exact(prompt.chars().count() as f64));
    let images = table.get("images", one(COUNT_OR_NONE));
    let tools = table.get("tools_chars", one(COUNT_OR_NONE));
    let given = ["input_tokens", "input_chars", "prompt"].into_iter().filter(|key| table.entry(key).is_some());
    if given.clone().count() > 1 {
        let given: Vec<&str> = given.collect();
        table.complain(format!("{} say the same thing: keep one of them", given.join(" and ")));
    }
    if let (Some(count), None, None) = (counted, images, tools) {
        return Some(Tokens { count, estimated: false });
    }
    let text = counted.or_else(|| Some(chars.or(prompt)?.times(1.0 / BYTES_PER_TOKEN)));
    let besides = images.unwrap_or(0.0) * TOKENS_PER_IMAGE + tools.unwrap_or(0.0) / BYTES_PER_TOKEN;
    if text.is_none() && besides == 0.0 {
        return None;
    }
    Some(Tokens { count: text.unwrap_or(Band::exact(0.0)).map(|tokens| tokens + besides), estimated: true })
}

fn read_output(table: &TomlTable<'_>, chars: Option<f64>) -> Option<Tokens> {
    let counted = table.get("output_tokens", band(COUNT_OR_NONE)).map(|count| Tokens { count, estimated: false });
    let estimate = |chars: f64| Tokens { count: Band::exact(chars / BYTES_PER_TOKEN), estimated: true };
    counted.or_else(|| chars.map(estimate))
}
