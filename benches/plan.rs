//! What a plan takes, from its text to the whole answer, and as words and JSON.

use divan::{Bencher, black_box};
use jiff::civil::{Date, date};
use stream_probe::plan::{Plan, cost_line, file};
use stream_probe::report::plan as report;

fn main() {
    divan::main();
}

const TODAY: Date = date(2026, 11, 1);
const MODELS: [&str; 5] =
    ["claude-opus-5", "claude-opus-4-8", "claude-sonnet-5", "claude-sonnet-4-6", "claude-haiku-4-5"];

/// So many workloads that share five pools and a container that is too small, so that every change is tried.
fn plan_of(workloads: usize) -> String {
    let mut text = String::from(
        "[process]\nmemory_limit = \"24MiB\"\nmode = \"retain\"\n[account]\ntier = \"start\"\n\
         [routes]\nsimple = \"claude-haiku-4-5\"\nmoderate = \"claude-sonnet-5\"\ncomplex = \"claude-opus-5\"\n",
    );
    for (number, model) in (0..workloads).zip(MODELS.iter().cycle()) {
        text += &format!(
            "[[workload]]\nname = \"w{number}\"\narrival = \"2.5 +- 20%\"\nduration = \"12s +- 10%\"\nretry = \"8%\"\n\
             timeout = 60\nhung = \"1%\"\nwait = 60\nmodel = \"{model}\"\ninput_tokens = 9000\noutput_tokens = 800\n\
             hours_a_day = 8\nbatch = true\nclasses = {{ simple = 0.6, moderate = 0.3, complex = 0.1 }}\n"
        );
    }
    text
}

fn cost() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/output/gallery/24-streams/cost.json");
    std::fs::read_to_string(path).expect("the gallery's cost.json")
}

#[divan::bench(args = [1, 10])]
fn text_to_plan(bencher: Bencher<'_, '_>, workloads: usize) {
    let (text, cost) = (plan_of(workloads), cost());
    bencher.bench(|| {
        let measured = cost_line::read(black_box(&cost)).expect("a cost");
        let inputs = file::read(black_box(&text), Some(&measured)).expect("a plan");
        Plan::of(inputs, TODAY)
    });
}

#[divan::bench(args = [1, 10])]
fn plan_to_words_and_json(bencher: Bencher<'_, '_>, workloads: usize) {
    let measured = cost_line::read(&cost()).expect("a cost");
    let plan = Plan::of(file::read(&plan_of(workloads), Some(&measured)).expect("a plan"), TODAY);
    bencher.bench(|| (report::text(black_box(&plan)), report::json(black_box(&plan))));
}
