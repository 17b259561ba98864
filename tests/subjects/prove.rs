//! A prediction is proved in a cgroup with the limit, where cgroups may be made.

use crate::support::{
    alone, beside_others, cgroups_or_left_out, client_or_left_out, ordinary_user, output_or_left_out, waiting,
};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

fn prove(arguments: &[&str], folder: &std::path::Path) -> Output {
    let mut probe = Command::new(env!("CARGO_BIN_EXE_probe"));
    probe.args(["prove", "--quiet", "--out"]).arg(folder).args(arguments).output().unwrap()
}

/// Within 3 % of the smallest number that is killed, as is promised for the built-in client. 24 MiB take some 236 streams here; in five runs
/// the prediction was off by two of them at most.
#[test]
fn the_built_in_client_dies_where_it_was_predicted_to() {
    if !cgroups_or_left_out() {
        return;
    }
    let _turn = alone();
    let folder = tempfile::tempdir().unwrap();
    let output =
        prove(&["--limit", "24MiB", "--retain", "--pace", "1s", "--delta-chars", "200", "--json"], folder.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let proof: Value = serde_json::from_slice(&output.stdout).unwrap();
    near(&proof, "");
    assert_eq!(fs::read(folder.path().join("latest/proof.json")).unwrap(), output.stdout);
}

/// Within 3 % of the smallest number that is killed, beside one that lives; killed in this phase, if one is named.
fn near(proof: &Value, phase: &str) {
    let fates = proof["trials"].as_array().unwrap();
    let killed = || fates.iter().filter(|trial| trial["fate"]["killed"]["kills"].as_u64().is_some());
    let smallest = killed().map(|trial| trial["streams"].as_f64().unwrap()).fold(f64::INFINITY, f64::min);
    let predicted = proof["predicted"]["streams"].as_f64().unwrap();
    assert!((predicted / smallest - 1.0).abs() <= 0.03, "{predicted} predicted, {smallest} killed: {proof:#}");
    assert!(fates.iter().any(|trial| trial["fate"] == "survived"), "{proof:#}");
    assert!(killed().all(|trial| phase.is_empty() || trial["fate"]["killed"]["phase"] == phase), "{proof:#}");
}

/// What there is after an interrupt can be rendered, and it is said how.
#[test]
fn interrupted_it_says_how_to_render_what_there_is() {
    if !cgroups_or_left_out() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let little = ["--streams", "2,3,4", "--chars", "500", "--pace", "1s", "--drop", "--limit", "24MiB"];
    let mut probe = Command::new(env!("CARGO_BIN_EXE_probe"));
    probe.arg("prove").args(little).arg("--out").arg(folder.path());
    let mut probe = probe.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(probe.stderr.take().unwrap());
    let mut all = String::new();
    // The line that tells where to look is there then, and none near the limit.
    while !all.contains("predicted: the limit kills") {
        assert_ne!(said.read_line(&mut all).unwrap(), 0, "{all}");
    }
    assert!(Command::new("kill").args(["-INT", &probe.id().to_string()]).status().unwrap().success());
    said.read_to_string(&mut all).unwrap();
    assert_eq!(probe.wait().unwrap().code(), Some(130), "{all}");
    let run = fs::canonicalize(folder.path().join("latest")).unwrap();
    assert!(all.contains(&format!("probe report {}", run.display())), "{all}");
    let report = Command::new(env!("CARGO_BIN_EXE_probe")).arg("report").arg(run).output().unwrap();
    assert!(report.status.success(), "{}", String::from_utf8_lossy(&report.stderr));
    let report = String::from_utf8_lossy(&report.stdout);
    assert!(report.contains("need at most") && report.contains("No proof yet"), "{report}");
}

/// A subject that dies before it opens a stream is told so, with the limit that killed it.
#[test]
fn a_limit_below_the_base_is_told() {
    if !cgroups_or_left_out() {
        return;
    }
    let _turn = waiting();
    let folder = tempfile::tempdir().unwrap();
    let little = ["--streams", "2,4", "--chars", "500", "--pace", "1s", "--repeats", "2", "--drop"];
    let output = prove(&[&little[..], &["--limit", "64KiB"]].concat(), folder.path());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    assert!(said.contains("the kernel killed the subject") && said.contains("its limit of 64 KiB"), "{said}");
    assert!(said.contains("the base alone reaches the limit; choose a larger limit"), "{said}");
}

/// Nobody may make cgroups, and is told so before anything is measured.
#[test]
fn without_the_right_to_make_cgroups_nothing_is_begun() {
    let Some((mut probe, folder)) = ordinary_user() else { return };
    probe.args(["prove", "--limit", "24MiB", "--retain", "--quiet", "--out"]).arg(folder.path().join("runs"));
    let Some(output) = output_or_left_out(&mut probe) else { return };
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    assert!(said.contains("cgroup"), "{said}");
    assert!(!folder.path().join("runs").exists(), "a refused proof leaves no folder");
}

#[test]
fn what_cannot_be_proved_is_refused_in_a_line() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, words) in [
        (&["--retain"][..], "add --limit"),
        (&["--limit", "24MiB", "--client", "reqwest,node-fetch"], "about one client"),
        (&["--limit", "24MiB", "--slow-reader"], "leave --slow-reader out"),
    ] {
        let output = prove(arguments, folder.path());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a refused proof leaves no folder");
}

/// What kills is the moment when streams end, and what was killed on the way to the line is no measure of how high it would have been. One
/// stream takes 256 KiB when it ends, so that 3 % are a stream and a half.
#[test]
fn a_program_that_peaks_when_its_streams_end_dies_where_it_was_predicted_to() {
    if !cgroups_or_left_out() || !client_or_left_out("python3") {
        return;
    }
    let _turn = beside_others();
    let folder = tempfile::tempdir().unwrap();
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/subjects/any_client/moments.py");
    let little = ["--limit", "24MiB", "--streams", "8,24,96", "--drop", "--chars", "1000", "--pace", "1s"];
    let command = ["--repeats", "2", "--json", "--", "python3", program, "end", "262144"];
    let output = prove(&[&little[..], &command].concat(), folder.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    near(&serde_json::from_slice(&output.stdout).unwrap(), "released");
}

/// A 95 % interval may miss once in twenty. Each is another experiment: its own seed, in its own order.
#[test]
#[ignore = "six minutes, for a figure of the README"]
fn twenty_proofs_of_which_one_may_miss() {
    assert!(cgroups_or_left_out() && client_or_left_out("python3"), "this takes cgroups and Python");
    const AT_ONCE: usize = 7;
    let next = AtomicUsize::new(0);
    let all = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= 20 {
                        return;
                    }
                    let proof = peaking_at_end(number);
                    all.lock().unwrap().push(proof);
                }
            });
        }
    });
    let all = all.into_inner().unwrap();
    all.iter().for_each(|proof| near(proof, "released"));
    let missed = all.iter().filter(|proof| !proof["doubts"].as_array().unwrap().is_empty()).count();
    assert!(all.len() == 20 && missed <= 1, "{missed} missed: {all:#?}");
}

fn peaking_at_end(number: usize) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/subjects/any_client/moments.py");
    let (limit, streams, bytes) =
        if number.is_multiple_of(2) { ("24MiB", "8,24,96", "262144") } else { ("48MiB", "2,6,12", "1048576") };
    let seed = (number + 1).to_string();
    let little = ["--limit", limit, "--streams", streams, "--drop", "--chars", "1000", "--pace", "1s", "--seed", &seed];
    let command = ["--repeats", "2", "--json", "--", "python3", program, "end", bytes];
    let output = prove(&[&little[..], &command].concat(), folder.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
