//! A plan as options: a workload without a file, and what is asked instead of what a file says. Both are read as lines of a plan.

use super::PlanOptions;
use clap::Args;
use std::fmt::Write as _;

/// A plan of one workload. All are texts here: the plan's reader knows what they may be.
#[derive(Args, Debug)]
#[command(next_help_heading = "A plan without a file")]
pub(super) struct Flags {
    /// Requests a second at the peak, such as 2.5 or 150/min
    #[arg(long, value_name = "RATE", conflicts_with = "file")]
    arrival: Option<String>,
    /// Mean time from request to the end of the stream, such as 12 or 12s
    #[arg(long, value_name = "TIME", conflicts_with = "file")]
    duration: Option<String>,
    /// Time that 95 % of the streams stay below
    #[arg(long, value_name = "TIME", conflicts_with = "file")]
    p95: Option<String>,
    /// Share of streams that hang until the timeout
    #[arg(long, value_name = "SHARE", conflicts_with = "file")]
    hung: Option<String>,
    /// Input tokens a request
    #[arg(long, value_name = "TOKENS", conflicts_with = "file")]
    input_tokens: Option<String>,
    /// Output tokens a request
    #[arg(long, value_name = "TOKENS", conflicts_with = "file")]
    output_tokens: Option<String>,
    /// Characters of text in a stream
    #[arg(long, value_name = "NUMBER", conflicts_with = "file")]
    chars: Option<String>,
    /// Requests a minute that the API allows
    #[arg(long, value_name = "NUMBER", conflicts_with = "file")]
    rpm: Option<String>,
    /// Input tokens a minute that it allows
    #[arg(long, value_name = "NUMBER", conflicts_with = "file")]
    itpm: Option<String>,
    /// Output tokens a minute that it allows
    #[arg(long, value_name = "NUMBER", conflicts_with = "file")]
    otpm: Option<String>,
    /// Input and output tokens together a minute that it allows
    #[arg(long, value_name = "NUMBER", conflicts_with = "file")]
    tpm: Option<String>,
    /// Input and output tokens together a day that it allows
    #[arg(long, value_name = "NUMBER", conflicts_with = "file")]
    tpd: Option<String>,
    /// Requests at once that it allows
    #[arg(long, value_name = "NUMBER", conflicts_with = "file")]
    concurrent: Option<String>,
}

/// What may also be asked of a plan that a file describes: for all of its workloads, instead of what the file says.
#[derive(Args, Debug)]
#[command(next_help_heading = "With a file (what if, for all of its workloads) or without")]
pub(super) struct WhatIfFlags {
    /// Share of requests that are sent once more, such as 8%
    #[arg(long, value_name = "SHARE")]
    retry: Option<String>,
    /// Factor for the peaks above the mean [default: from timeout and duration, else 1.5]
    #[arg(long, value_name = "FACTOR")]
    headroom: Option<String>,
    /// After this a stream is given up
    #[arg(long, value_name = "TIME")]
    timeout: Option<String>,
    /// How long a request may wait for its turn; 0 for no queue
    #[arg(long, value_name = "TIME")]
    wait: Option<String>,
    /// The model, such as claude-sonnet-5
    #[arg(long)]
    model: Option<String>,
    /// The client whose measured cost counts
    #[arg(long)]
    client: Option<String>,
    /// What it does with text: retain or drop
    #[arg(long)]
    mode: Option<String>,
    /// The account's tier, such as build, or legacy/tier-1 where several sources have a tier-1
    #[arg(long)]
    tier: Option<String>,
    /// The container's memory limit, such as 512MiB
    #[arg(long, value_name = "SIZE")]
    limit: Option<String>,
    /// How many such containers there are
    #[arg(long, value_name = "NUMBER")]
    replicas: Option<String>,
    /// The most streams that one process may hold, such as its client's pool
    #[arg(long, value_name = "NUMBER")]
    max_streams: Option<String>,
}

/// The flags as lines of a plan, and which flag stands in which line.
pub(super) struct Lines {
    pub(super) text: String,
    pub(super) flags: Vec<&'static str>,
}

impl PlanOptions {
    /// Every flag: its name, where it stands in a plan, its value. Those of a table stand together.
    pub(super) fn all(&self) -> [(&'static str, &'static str, &'static str, Option<&String>); 24] {
        let (flags, what_if) = (&self.flags, &self.what_if);
        [
            ("--arrival", "workload", "arrival", flags.arrival.as_ref()),
            ("--duration", "workload", "duration", flags.duration.as_ref()),
            ("--p95", "workload", "p95", flags.p95.as_ref()),
            ("--retry", "workload", "retry", what_if.retry.as_ref()),
            ("--headroom", "workload", "headroom", what_if.headroom.as_ref()),
            ("--timeout", "workload", "timeout", what_if.timeout.as_ref()),
            ("--hung", "workload", "hung", flags.hung.as_ref()),
            ("--wait", "workload", "wait", what_if.wait.as_ref()),
            ("--input-tokens", "workload", "input_tokens", flags.input_tokens.as_ref()),
            ("--output-tokens", "workload", "output_tokens", flags.output_tokens.as_ref()),
            ("--chars", "workload", "chars", flags.chars.as_ref()),
            ("--model", "workload", "model", what_if.model.as_ref()),
            ("--client", "workload", "client", what_if.client.as_ref()),
            ("--mode", "workload", "mode", what_if.mode.as_ref()),
            ("--tier", "account", "tier", what_if.tier.as_ref()),
            ("--rpm", "limits", "rpm", flags.rpm.as_ref()),
            ("--itpm", "limits", "itpm", flags.itpm.as_ref()),
            ("--otpm", "limits", "otpm", flags.otpm.as_ref()),
            ("--tpm", "limits", "tpm", flags.tpm.as_ref()),
            ("--tpd", "limits", "tpd", flags.tpd.as_ref()),
            ("--concurrent", "limits", "concurrent", flags.concurrent.as_ref()),
            ("--limit", "process", "memory_limit", what_if.limit.as_ref()),
            ("--replicas", "process", "replicas", what_if.replicas.as_ref()),
            ("--max-streams", "process", "max_streams", what_if.max_streams.as_ref()),
        ]
    }

    /// The flags that were given, one a line, behind `begin`, which has `lines` lines and is in this table.
    fn as_lines(&self, begin: &str, lines: usize, mut table: &'static str) -> Lines {
        let mut text = begin.to_owned();
        let mut flags = vec![""; lines];
        for (flag, of_table, key, value) in self.all() {
            let Some(value) = value else { continue };
            if of_table != table {
                table = of_table;
                text += &format!("[{table}]\n");
                flags.push("");
            }
            // Writing to a string does not fail.
            let _ = writeln!(text, "{key} = {}", toml_string(value));
            flags.push(flag);
        }
        Lines { text, flags }
    }

    /// The plan that they describe.
    pub(super) fn as_plan(&self) -> Lines {
        self.as_lines("[[workload]]\nname = \"workload\"\n", 2, "workload")
    }

    /// What they ask instead of what a file says.
    pub(super) fn as_what_if(&self) -> Lines {
        self.as_lines("", 0, "")
    }
}

/// A text as a TOML basic string: a JSON string is one, but for the delete character.
fn toml_string(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}
