//! Programs that leak: with time, or with every stream that ends.

use super::{free_port, measure, source};
use crate::support::{cgroups_or_left_out, client_or_left_out};
use serde_json::Value;

const SHORT: [&str; 4] = ["--streams", "2,9,16", "--chars", "1000"];

fn leaks(options: &[&str], program: &[&str]) -> Option<Value> {
    leaks_and_run(options, program).map(|(cost, _)| cost["series"][0].clone())
}

fn leaks_and_run(options: &[&str], program: &[&str]) -> Option<(Value, Value)> {
    if !client_or_left_out("python3") {
        return None;
    }
    let short = ["--drop", "--pace", "1s", "--repeats", "2"];
    let file = source("leaks.py");
    let command = [&["python3", file.to_str().unwrap()], program].concat();
    Some(measure(&[&short, options].concat(), &command))
}

fn doubts(series: &Value) -> Vec<&str> {
    series["doubts"].as_array().unwrap().iter().filter_map(|doubt| doubt["kind"].as_str()).collect()
}

/// Whose step comes once a second, which a plateau of a quarter of a second does not see.
#[test]
fn a_stream_that_grows_while_it_is_open() {
    let Some(series) = leaks(&SHORT, &["second"]) else { return };
    let rate = &series["grows_bytes_per_stream_second"];
    let value = rate["value"].as_f64().unwrap();
    assert!((3000.0..5500.0).contains(&value) && rate["low"].as_f64().unwrap() > 0.0, "{rate}");
    assert!(doubts(&series).contains(&"grows-with-time"), "{series}");
}

#[test]
fn what_every_wave_leaves_behind() {
    let Some(series) = leaks(&[&SHORT, &["--waves", "3"][..]].concat(), &["ended"]) else { return };
    let leak = &series["leak_bytes_per_stream"];
    assert!((leak["value"].as_f64().unwrap() / 131_072.0 - 1.0).abs() < 0.05, "{leak}");
    assert!(!doubts(&series).contains(&"grows-with-time") && !doubts(&series).contains(&"no-further-wave"), "{series}");
}

/// Nothing of it is resident in any process.
#[test]
fn what_every_wave_leaves_behind_in_files_in_memory() {
    if !cgroups_or_left_out() {
        return;
    }
    let Some(series) = leaks(&[&SHORT, &["--waves", "3"][..]].concat(), &["file"]) else { return };
    let leak = &series["leak_bytes_per_stream"];
    assert!((leak["value"].as_f64().unwrap() / 131_072.0 - 1.0).abs() < 0.05, "{leak}");
    // Three waves of sixteen.
    let base = series["container_base_bytes"]["value"].as_f64().unwrap();
    assert!(series["needs_at_most_bytes"].as_f64().unwrap() > base + 48.0 * 131_072.0, "{series}");
}

/// What a server buffers for users who stop reading is most of what it was sent: sockets hold the rest.
#[test]
fn a_server_whose_users_stop_reading() {
    let port = free_port();
    let drive = format!("http://127.0.0.1:{port}/chat");
    let long = ["--streams", "1,2,3", "--chars", "12000000", "--delta-chars", "8000"];
    let Some(series) = leaks(&[&long, &["--slow-reader", "--drive", &drive][..]].concat(), &["none", &port]) else {
        return;
    };
    let slope = |name: &str| series[name]["value"].as_f64().unwrap();
    let buffered = slope("per_stream_bytes") - slope("open_bytes_per_stream");
    assert!(buffered > 3e6, "{buffered}");
    // Nobody takes anything off the sockets, and the kernel lets at least the default of a send buffer lie in each (net.ipv4.tcp_wmem).
    let default: f64 = std::fs::read_to_string("/proc/sys/net/ipv4/tcp_wmem")
        .map_or(16384.0, |text| text.split_whitespace().nth(1).unwrap().parse().unwrap());
    assert!(slope("user_socket_bytes_per_stream") > default, "{series}");
}

/// A server gets its waves from its users.
#[test]
fn a_server_that_leaves_nothing_behind() {
    let port = free_port();
    let drive = format!("http://127.0.0.1:{port}/chat");
    let Some(series) = leaks(&[&SHORT, &["--waves", "3", "--drive", &drive][..]].concat(), &["none", &port]) else {
        return;
    };
    let leak = &series["leak_bytes_per_stream"];
    assert!(leak["value"].as_f64().unwrap().abs() < 2000.0, "{leak}");
    assert!(!doubts(&series).contains(&"no-further-wave"), "{series}");
}

/// Users who hang up in the middle of their answers leave behind what a server does not give back then: of the same program whose users read to
/// the end, nothing.
#[test]
fn a_server_whose_users_hang_up() {
    let of = |leaks_when: &str| {
        let port = free_port();
        let drive = format!("http://127.0.0.1:{port}/chat");
        let options = ["--waves", "3", "--hang-up", "--drive", &drive];
        leaks_and_run(&[&SHORT, &options[..]].concat(), &[leaks_when, &port])
    };
    std::thread::scope(|scope| {
        for (leaks_when, reads_on) in [("hung-up", false), ("reads-on", true)] {
            scope.spawn(move || {
                let Some((cost, run)) = of(leaks_when) else { return };
                let series = &cost["series"][0];
                let leak = &series["leak_bytes_per_stream"];
                assert!((leak["value"].as_f64().unwrap() / 131_072.0 - 1.0).abs() < 0.05, "{leaks_when}: {leak}");
                for trial in run["trials"].as_array().unwrap() {
                    for wave in trial["further_waves"].as_array().unwrap() {
                        let expected = if reads_on { trial["asked"].as_u64() } else { Some(0) };
                        assert_eq!(wave["read_on"].as_u64(), expected, "{leaks_when}: {wave}");
                    }
                }
                assert!(!doubts(series).contains(&"no-further-wave"), "{series}");
            });
        }
    });
}

/// The smallest programs open their streams once, and nobody calls them free of leaks.
#[test]
fn a_program_that_opens_no_second_wave_is_told_so() {
    if !client_or_left_out("curl") {
        return;
    }
    let program = r#"for number in $(seq "$PROBE_STREAMS"); do curl -sN "$ANTHROPIC_BASE_URL/v1/messages" -H "x-api-key: k" \
        -H 'anthropic-version: 2023-06-01' -H 'content-type: application/json' \
        -d '{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"x"}]}' > /dev/null & done; cat > /dev/null"#;
    let options = ["--streams", "1,2", "--drop", "--chars", "500", "--pace", "1s", "--repeats", "2", "--waves", "2"];
    let (cost, _) = measure(&options, &["sh", "-c", program]);
    let series = &cost["series"][0];
    assert!(series["leak_bytes_per_stream"].is_null() && doubts(series).contains(&"no-further-wave"), "{series}");
}
