//! The program as a user meets it when something is wrong: one clear line, the right exit code, nothing lost, nobody left behind.

use crate::ordinary_user::{ordinary_user, output_or_left_out, unprivileged};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigHandler, Signal, kill, signal};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::{Duration, Instant};

fn probe() -> Command {
    Command::new(env!("CARGO_BIN_EXE_probe"))
}

fn run(arguments: &[&str]) -> Output {
    probe().args(arguments).output().unwrap()
}

/// Bad input is exit code 2, nothing on standard output, and standard error that says these words.
fn refused(arguments: &[&str], words: &[&str]) {
    let output = run(arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    for word in words {
        assert!(error.contains(word), "{arguments:?} should say '{word}': {error}");
    }
}

/// The same in exactly one line, where the program itself and not the option parser speaks.
fn refused_in_a_line(arguments: &[&str], words: &[&str]) {
    refused(arguments, words);
    let error = run(arguments).stderr;
    assert_eq!(String::from_utf8_lossy(&error).lines().count(), 1, "{}", String::from_utf8_lossy(&error));
}

#[test]
fn numbers_of_streams_that_cannot_be() {
    refused(&["--streams", "0"], &["--streams", "at least one"]);
    refused(&["--streams", "1"], &["--streams", "two different numbers", "such as 24"]);
    refused(&["--streams", "8,8"], &["two different numbers"]);
    refused(&["--streams", "many"], &["'many'", "such as 24"]);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    refused_in_a_line(&["--streams", "4000000000", "--out", out, "--quiet"], &["open files", "use at most", "ulimit"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a refused run leaves no folder");
}

#[test]
fn prompts_that_cannot_be() {
    for bad in ["x", "-1", "1.5", "999", "30000001", "0,1e6", "", "0,"] {
        let option = format!("--prompt-chars={bad}");
        refused(
            &[&option],
            &["--prompt-chars", "write 0 for no prompt", "from 1,000 to 30,000,000", "such as 0,360000"],
        );
    }
    let drive = ["--prompt-chars", "0,5000", "--drive", "http://127.0.0.1:9/"];
    let sentence = ["--prompt-chars needs {prompt} in --drive-body", "'{\"question\":\"{prompt}\"}'"];
    refused_in_a_line(&[&drive[..], &["--", "true"]].concat(), &sentence);
    refused_in_a_line(&[&drive[..], &["--drive-body", "{n}", "--", "true"]].concat(), &sentence);
    refused(&["--prompt-chars", "5000", "--upstream", "https://api.anthropic.com"], &["cannot be used with"]);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    refused_in_a_line(
        &["--streams", "1,40000", "--prompt-chars", "30000000", "--http", "2", "--out", out, "--quiet"],
        &["--prompt-chars", "40,000 streams", "30,000,000 characters", "memory", "fewer streams, or shorter prompts"],
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a refused run leaves no folder");
}

#[test]
fn sizes_paces_and_words_that_cannot_be() {
    refused(&["--limit", "512 MBs"], &["'512 MBs'", "such as 512MiB"]);
    refused(&["--limit", "512"], &["512 B is no container's limit", "such as 512MiB"]);
    refused(&["--pace", "fast"], &["'fast'", "real"]);
    refused(&["--chars", "0"], &["--chars", "from 1 to 100,000,000"]);
    refused(&["--repeats", "1"], &["--repeats", "from 2 to 1,000"]);
    for option in ["--chars", "--delta-chars", "--repeats", "--seed"] {
        refused(&[option, "1kk"], &[option, "'1kk'", "write a whole number", "in digits alone"]);
    }
    refused(&["serve", "--port", "1kk"], &["--port", "write a whole number from 0 to 65,535"]);
    refused(&["plan", "--simulate", "1kk"], &["--simulate", "write a whole number"]);
    refused(&["--http", "3"], &["--http"]);
    refused(&["--retian"], &["--retian", "--retain"]);
}

/// Every page of help on a terminal of 80 columns: no line is longer, which the terminal would break in the middle of a word, and options
/// stand in groups.
#[test]
fn help_fits_into_80_columns() {
    for verb in [&[][..], &["report"], &["prove"], &["clients"], &["plan"], &["serve"], &["schema"]] {
        for help in ["--help", "-h"] {
            let output = probe().args(verb).arg(help).env("COLUMNS", "80").output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            for line in text.lines() {
                assert!(line.chars().count() <= 80, "{verb:?} {help}: {line}");
            }
        }
    }
    let text = String::from_utf8(run(&["-h"]).stdout).unwrap();
    let groups = ["What is measured:", "What streams hold", "The real API", "A server", "The answer:"];
    let places: Vec<Option<usize>> = groups.iter().map(|group| text.find(group)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}");
}

/// What the program prints for people, on a terminal of 80 columns: a plan, the clients.
#[test]
fn answers_fit_into_80_columns() {
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan.toml");
    fs::write(&plan, run(&["plan", "init"]).stdout).unwrap();
    let plan = plan.to_str().unwrap();
    let cost = concat!(env!("CARGO_MANIFEST_DIR"), "/output/gallery/24-streams");
    for arguments in [&["clients"][..], &["plan", plan, "--cost", cost, "--simulate", "2000"]] {
        let narrow = probe().args(arguments).env("COLUMNS", "80").output().unwrap();
        let narrow = String::from_utf8(narrow.stdout).unwrap();
        for line in narrow.lines() {
            assert!(line.chars().count() <= 80, "{arguments:?}: {line}");
        }
        let wide = probe().args(arguments).env_remove("COLUMNS").output().unwrap();
        for word in String::from_utf8(wide.stdout).unwrap().split_whitespace() {
            assert!(narrow.split_whitespace().any(|piece| piece == word), "{arguments:?}: {word} is broken");
        }
    }
}

#[test]
fn a_header_that_is_none_is_not_repeated() {
    let drive = [
        "--drive",
        "http://127.0.0.1:1/",
        "--drive-header",
        "a: b",
        "--drive-header",
        "Bearer of-this-user",
        "--",
        "true",
    ];
    refused_in_a_line(&drive, &["--drive-header 2", "'Name: value'"]);
    assert!(!String::from_utf8_lossy(&run(&drive).stderr).contains("of-this-user"));
}

#[test]
fn servers_that_are_not_ours_to_drive() {
    let drive = |url: &str, words: &[&str]| refused(&["--drive", url, "--", "true"], &[&["--drive"], words].concat());
    drive("127.0.0.1:3000", &["whole address"]);
    drive("ftp://127.0.0.1/", &["whole address"]);
    drive("https://127.0.0.1:3000/chat", &["http://"]);
    for elsewhere in
        ["http://example.org/", "http://10.0.0.1:80/", "https://api.example.org/", "http://localhost.example.org/"]
    {
        drive(elsewhere, &["on this machine", "http://127.0.0.1"]);
    }
}

#[test]
fn files_are_counted_for_users_too() {
    let folder = tempfile::tempdir().unwrap();
    let limited = "ulimit -n 120; exec \"$@\"";
    let mut sh = Command::new("sh");
    sh.args(["-c", limited, "sh", env!("CARGO_BIN_EXE_probe"), "--streams", "2,40", "--quiet", "--out"])
        .arg(folder.path());
    let output = sh.args(["--drive", "http://127.0.0.1:1/", "--", "true"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    // A connection of the user and one of the server for each stream, and 64 for everything else.
    assert!(said.contains("need 144 open files") && said.contains("use at most 28 streams"), "{said}");
}

#[test]
fn an_answer_that_cannot_be_written() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = probe().arg("schema").stdout(full).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    assert!(said.contains("cannot write to standard output"), "{said}");
}

#[test]
fn a_cassette_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("damaged.sse");
    fs::write(&damaged, ": stream-probe cassette 1\n\nevent: ping\ndata: {}\n\n").unwrap();
    let out = folder.path().join("runs");
    let (damaged, out) = (damaged.to_str().unwrap(), out.to_str().unwrap());
    refused_in_a_line(&["--cassette", damaged, "--out", out, "--quiet"], &["damaged.sse, line 3", "no time"]);
    refused_in_a_line(&["--cassette", "/no/such.sse", "--out", out, "--quiet"], &["/no/such.sse"]);
    assert!(!Path::new(out).exists(), "a refused run leaves no folder");
}

/// The certificate that subjects trust under --tls is there for them, and neither after them nor in the way of removing the folder.
#[test]
fn a_certificate_does_not_outlive_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let little = ["--streams", "2,3", "--drop", "--tls", "--quiet", "--out", out, "--"];
    let probe = |command: &[&str], words: &[&str]| refused(&[&little, command].concat(), words);
    probe(&["no-such-program"], &["no-such-program"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a run without a subject leaves no folder");
    probe(&["sh", "-c", "grep -c BEGIN \"$SSL_CERT_FILE\" >&2; exit 3"], &["its last words: \"1\""]);
    let run = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let names: Vec<_> = fs::read_dir(run).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["subjects"], "the subjects' words are kept, and nothing else");
}

#[test]
fn folders_that_cannot_be_written() {
    refused_in_a_line(&["--out", "/proc/nowhere", "--quiet"], &["/proc/nowhere", "--out"]);
    let file = tempfile::NamedTempFile::new().unwrap();
    refused_in_a_line(&["--out", file.path().to_str().unwrap(), "--quiet"], &["--out"]);
    // A file system that is full from the start.
    refused_in_a_line(&["--out", "/dev/full", "--quiet"], &["/dev/full"]);
}

/// Looked at before anything is measured, and never touched.
#[test]
fn a_latest_that_is_somebody_elses() {
    for (make, what) in [
        ((|path| fs::create_dir(path).unwrap()) as fn(&Path), "is a folder"),
        (|path| fs::write(path, "mine").unwrap(), "is a file"),
        (|path| std::os::unix::fs::symlink("/tmp", path).unwrap(), "is a link to something else"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        make(&folder.path().join("latest"));
        let out = folder.path().to_str().unwrap();
        refused_in_a_line(&["--out", out, "--quiet"], &["latest", what, "move it away", "--out"]);
        assert_eq!(names(folder.path()), ["latest"]);
        // A proof needs cgroups first, and says that where there are none.
        if stream_probe::subject::Cgroups::detect().is_ok() {
            refused_in_a_line(&["prove", "--limit", "64MiB", "--out", out, "--quiet"], &["latest", what]);
        }
    }
}

/// A small disk that only this test sees; where that may not be made, it leaves itself out.
#[test]
fn a_disk_without_room_is_found_before_anything_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let on_small_disk = |command: &str| {
        let script = format!("mount -t tmpfs -o size=1m none \"$1\" && {command}");
        let mut unshare = Command::new("unshare");
        unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script, "sh"]).arg(folder.path());
        unshare.arg(env!("CARGO_BIN_EXE_probe")).output()
    };
    if !on_small_disk("true").is_ok_and(|output| output.status.success()) {
        println!("left out: no file system may be mounted here");
        return;
    }
    let output = on_small_disk("{ \"$2\" --quiet --out \"$1\"; code=$?; ls -A \"$1\"; exit $code; }").unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    assert!(said.contains("no room for the 8 MiB") && said.contains("--out"), "{said}");
    assert!(output.stdout.is_empty(), "nothing is left: {}", String::from_utf8_lossy(&output.stdout));
}

/// Paths are bytes: a folder whose name is no text holds the certificate and the profiles that subjects are pointed at.
#[test]
fn a_folder_whose_name_is_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join(std::ffi::OsStr::from_bytes(b"runs \xff"));
    let little = ["--streams", "1,2", "--drop", "--tls", "--chars", "500", "--pace", "1s", "--repeats", "2", "--quiet"];
    let output = probe().args(little).arg("--out").arg(&out).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(out.join("latest/heap.json").exists(), "the profile is where it was asked for");
    let again = probe().arg("report").arg(out.join("latest")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&again.stdout), String::from_utf8_lossy(&output.stdout));
}

#[test]
fn records_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    refused_in_a_line(&["report", path], &["run.json", "cannot read"]);
    for (content, words) in [
        ("", ["damaged", "run.json"]),
        ("{\"schema\":\"stream-probe/run/2\",\"trials\":", ["damaged", "run.json"]),
        ("{\"schema\":\"stream-probe/run/2\"}", ["damaged", "probe_version"]),
        ("{\"schema\":\"stream-probe/run/99\"}", ["stream-probe/run/99", "newer"]),
    ] {
        fs::write(folder.path().join("run.json"), content).unwrap();
        refused_in_a_line(&["report", path], &words);
    }
    refused_in_a_line(&["report", folder.path().join("report.md").to_str().unwrap()], &["report.md", "cannot read"]);
}

/// A record may have been written by anybody: what cannot be is told in a line, and so are words that hold line breaks.
#[test]
fn records_that_contradict_themselves() {
    let gallery = Path::new(env!("CARGO_MANIFEST_DIR")).join("output/gallery/24-streams/run.json");
    let run: Value = serde_json::from_slice(&fs::read(gallery).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let damages: [(&str, Value, &str); 7] = [
        ("/environment/page_bytes", json!(0), "its pages have 0 bytes"),
        ("/trials/3/series", json!(7), "is of series 7, which there is not"),
        ("/trials/3/stream", json!(1), "is of stream 1, which there is not"),
        ("/trials/3/samples/at_ms", json!([1]), "columns of samples of different lengths"),
        ("/trials/3/phases/0/plateau/statm_beside_bytes", json!(u64::MAX), "resident, and the machine has"),
        ("/scenario/ladder", json!([1, 1]), "two or more that rise"),
        ("/scenario/series/0/client", json!("a\nb\u{1b}[2J"), "unknown variant `a\\nb"),
    ];
    for (place, value, says) in damages {
        let mut run = run.clone();
        *run.pointer_mut(place).unwrap() = value;
        fs::write(folder.path().join("run.json"), run.to_string()).unwrap();
        refused_in_a_line(&["report", path], &["run.json is damaged: ", says]);
    }
}

/// A device has no end, and what is there is not to be written over.
#[test]
fn a_plan_without_end() {
    refused_in_a_line(&["plan", "/dev/zero"], &["larger than 16 MiB", "such as probe plan init > plan.toml"]);
    refused_in_a_line(&["plan", "--arrival", "1", "--duration", "1", "--cost", "/dev/zero"], &["larger than 16 MiB"]);
    refused_in_a_line(&["plan", "/no/such.toml"], &["probe plan init > /no/such.toml"]);
}

/// Five mistakes are enough to see that a file is no plan, and one line says what is wrong for all workloads.
#[test]
fn mistakes_that_are_many_are_told_in_part() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let said = run(&["plan", readme]);
    let said = String::from_utf8_lossy(&said.stderr);
    assert!(said.lines().count() == 6 && said.trim_end().ends_with(" more"), "{said}");
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan.toml");
    let workload = |name: &str| format!("[[workload]]\nname = \"{name}\"\narrival = 1\nduration = 5\n");
    fs::write(&plan, workload("a") + &workload("b")).unwrap();
    refused_in_a_line(&["plan", plan.to_str().unwrap(), "--tier", "build", "--model", "nosuch"], &["--model"]);
}

#[test]
fn what_cannot_be_written_is_told() {
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    for arguments in [&["--help"][..], &["--version"], &["plan", "--help"], &["schema"]] {
        let output = probe().args(arguments).stdout(full()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write to standard output"), "{arguments:?}");
    }
}

#[test]
fn a_value_that_stands_apart_is_understood() {
    refused(&["--retain", "text"], &["write --retain=text"]);
}

#[test]
fn too_few_files_are_no_too_few_processes() {
    let folder = tempfile::tempdir().unwrap();
    let limited =
        format!("ulimit -n 8; exec {} --quiet --out {}", env!("CARGO_BIN_EXE_probe"), folder.path().display());
    let output = Command::new("sh").args(["-c", &limited]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("ulimit -n") && !said.contains("ulimit -u"), "{said}");
}

/// What is missing is told, and nothing that was made for it stays.
#[test]
fn a_run_that_cannot_begin_leaves_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("output");
    refused_in_a_line(&["--quiet", "--out", out.to_str().unwrap(), "--", "/no/such/program"], &["/no/such/program"]);
    assert_eq!(names(folder.path()), [""; 0]);
}

/// An old run by its folder, by its record, and where not all may be written: a folder in the way of a file, which root heeds too.
#[test]
fn an_old_run_is_shown_wherever_it_is() {
    let gallery = Path::new(env!("CARGO_MANIFEST_DIR")).join("output/gallery/prove-48-mib");
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("output/latest");
    fs::create_dir_all(&run).unwrap();
    for name in ["run.json", "proof.json"] {
        fs::copy(gallery.join(name), run.join(name)).unwrap();
    }
    fs::create_dir(run.join("report.md")).unwrap();
    for (of, inside) in
        [(None, folder.path()), (Some("output/latest/run.json"), folder.path()), (Some("run.json"), &run)]
    {
        let output = probe().arg("report").args(of).current_dir(inside).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), said.lines().count()), (Some(0), 1), "{said}");
        assert!(said.contains("cannot write report.md in") && said.contains("saved there: cost.json"), "{said}");
        let answer = String::from_utf8_lossy(&output.stdout);
        assert!(answer.contains("One more retained stream costs") && answer.contains("predicted to kill"), "{answer}");
    }
    assert!(run.join("cost.json").exists(), "the others are written");
}

/// A program of the user's own is called by what it is, or as the user says: in a record of before names too.
#[test]
fn a_program_of_the_users_own_is_called_by_its_name() {
    let gallery = Path::new(env!("CARGO_MANIFEST_DIR")).join("output/gallery/prove-48-mib/run.json");
    let record = fs::read_to_string(gallery).unwrap();
    for (client, called) in [
        (r#"{"command":{"words":["/usr/bin/node","src/app.mjs","8"]}}"#, "node app.mjs"),
        (r#"{"command":{"words":["node","app.mjs"],"name":"the night batch"}}"#, "the night batch"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let of_own = record.replace(r#""client":"reqwest""#, &format!(r#""client":{client}"#));
        fs::write(folder.path().join("run.json"), of_own).unwrap();
        let path = folder.path().to_str().unwrap();
        let output = run(&["report", path]);
        let answer = String::from_utf8_lossy(&output.stdout);
        assert!(answer.contains(&format!("One more retained stream of {called} costs")), "{answer}");
        assert!(answer.contains(&format!("\n {called} ")), "the table's head: {answer}");
        let file = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(file("cost.json").contains(&format!("\"client\": \"{called}\"")));
        assert!(file("cost-line.svg").contains(&format!("{called}, ")));
        assert!(file("report.md").contains(&format!("{called}: `")));
        let plan = run(&["plan", "--arrival", "1", "--duration", "2", "--client", called, "--cost", path]);
        assert!(plan.status.success(), "{}", String::from_utf8_lossy(&plan.stderr));
    }
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let little = ["--streams", "2,3", "--drop", "--quiet", "--out", out, "--name", "the night|batch", "--"];
    refused(&[&little[..], &["sh", "-c", "echo no >&2; exit 3"]].concat(), &["its last words"]);
    assert!(names(folder.path())[0].ends_with("-the-night-batch-3-drop"), "{:?}", names(folder.path()));
}

#[test]
fn names_that_cannot_be() {
    for (name, words) in [("", "my-batch"), ("../up", "without /"), ("a\u{1b}[2J", "cannot be seen")] {
        refused(&["--name", name, "--", "true"], &["--name", words]);
    }
    refused(&["--name", &"n".repeat(41), "--", "true"], &["40 characters"]);
    refused(&["--name", "batch"], &["COMMAND"]);
}

/// All that are unknown are named at once.
#[test]
fn clients_that_there_are_not() {
    refused(
        &["--client", "node-skd,reqwest,curl,python"],
        &["no client is called node-skd or python:", "choose one of reqwest, node-sdk,"],
    );
}

/// All that is missing is named at once.
#[test]
fn clients_that_are_not_here() {
    let folder = tempfile::tempdir().unwrap();
    let mut probe = probe();
    probe.args(["--client", "reqwest,node-fetch,python-httpx,curl", "--quiet", "--out"]).arg(folder.path());
    let output = probe.env("PATH", folder.path()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 3), "{said}");
    for (line, client) in
        said.lines().zip(["node-fetch needs node,", "python-httpx needs python3,", "curl needs curl,"])
    {
        assert!(line.starts_with(&format!("probe: client {client}")), "{line}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a refused run leaves no folder");
}

#[test]
fn a_port_in_use() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    refused_in_a_line(&["serve", "--port", &port], &[&port, "--port", "in use"]);
}

/// Three trials of 13 s, as programs with a runtime take, twice to five times, and three times as long for looks into their heaps.
#[test]
fn how_long_it_may_take_is_said_before_it_begins() {
    let folder = tempfile::tempdir().unwrap();
    let output = probe().args(["--retain", "--out"]).arg(folder.path()).args(["--", "false"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().next().unwrap();
    assert_eq!(first, "passes of about 39 s, about 2 min to 3 min 50 s in all", "{said}");
}

/// A running harness with two subjects, and what it says.
struct Running {
    harness: Child,
    said: BufReader<ChildStderr>,
    folder: tempfile::TempDir,
}

impl Running {
    /// Starts it.
    fn begin(arguments: &[&str]) -> Running {
        Running::begin_with(SigHandler::SigDfl, arguments)
    }

    /// The same, with the signals that are ignored at times set so.
    fn begin_with(hangup: SigHandler, arguments: &[&str]) -> Running {
        let folder = tempfile::tempdir().unwrap();
        let mut harness = probe();
        // SAFETY: sigaction is a system call.
        unsafe {
            harness.pre_exec(move || {
                signal(Signal::SIGHUP, hangup)?;
                signal(Signal::SIGQUIT, hangup)?;
                Ok(())
            });
        }
        let mut harness = harness
            .args(["--drop", "--no-heap", "--chars", "2000"])
            .args(arguments)
            .arg("--out")
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(harness.stderr.take().unwrap());
        Running { harness, said, folder }
    }

    /// Starts it with two subjects and waits until their streams have begun to get text.
    fn start(arguments: &[&str]) -> Running {
        Running::start_with(SigHandler::SigDfl, arguments)
    }

    /// The same, with the signals that are ignored at times set so.
    fn start_with(hangup: SigHandler, arguments: &[&str]) -> Running {
        let two = ["--streams", "2,4", "--repeats", "2"];
        let mut running = Running::begin_with(hangup, &[&two, arguments].concat());
        running.until_said("2 trials streaming");
        running
    }

    /// Reads on until a line has these words.
    fn until_said(&mut self, words: &str) {
        let mut all = String::new();
        while !all.contains(words) {
            assert_ne!(self.said.read_line(&mut all).unwrap(), 0, "it ended without saying '{words}': {all}");
        }
    }

    fn subjects(&self) -> Vec<i32> {
        children_of(self.harness.id())
    }

    fn signal_subjects(&self, signal: Signal) {
        let subjects = self.subjects();
        assert_eq!(subjects.len(), 2);
        subjects.into_iter().for_each(|pid| send(signal, pid));
    }

    /// Waits for the end: exit code, the rest of standard error.
    fn end(self) -> (Option<i32>, String, tempfile::TempDir) {
        let (code, rest, _, folder) = self.answer();
        (code, rest, folder)
    }

    /// The same with standard output.
    fn answer(mut self) -> (Option<i32>, String, String, tempfile::TempDir) {
        let (mut rest, mut answer) = (String::new(), String::new());
        self.said.read_to_string(&mut rest).unwrap();
        self.harness.stdout.take().unwrap().read_to_string(&mut answer).unwrap();
        (self.harness.wait().unwrap().code(), rest, answer, self.folder)
    }
}

fn send(signal: Signal, pid: i32) {
    kill(Pid::from_raw(pid), signal).unwrap();
}

fn children_of(parent: u32) -> Vec<i32> {
    let tasks = fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<i32>>()).collect()
}

fn is_alive(pid: i32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

fn run_folder(out: &Path) -> std::path::PathBuf {
    let mut folders = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path());
    folders.find(|path| path.is_dir() && !path.is_symlink()).unwrap()
}

/// Before a trial has ended there is nothing to go on with, and nothing is left in the way of an older answer.
#[test]
fn interrupted_it_ends_its_subjects_and_leaves_no_empty_folder() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT] {
        let running = Running::start(&["--pace", "60s"]);
        let subjects = running.subjects();
        send(signal, running.harness.id() as i32);
        let (code, said, folder) = running.end();
        assert_eq!(code, Some(130), "{said}");
        assert!(said.contains("nothing is saved") && !said.contains("probe report"), "{said}");
        assert!(subjects.iter().all(|pid| !is_alive(*pid)), "a subject is left behind");
        assert_eq!(names(folder.path()), [""; 0]);
    }
}

/// Of several series there is no more of an answer than of one.
#[test]
fn interrupted_before_any_series_has_a_trial_there_is_one_line() {
    for json in [&[][..], &["--json"]] {
        let mut running = Running::begin(&[&["--retain", "--streams", "2,4", "--pace", "60s"], json].concat());
        running.until_said("4 trials streaming");
        send(Signal::SIGINT, running.harness.id() as i32);
        let (code, said, answer, folder) = running.answer();
        assert_eq!((code, answer.as_str()), (Some(130), ""), "{said}");
        assert!(said.trim_end().ends_with("interrupted before a trial had ended: nothing is saved"), "{said}");
        assert_eq!(names(folder.path()), [""; 0]);
    }
}

/// What can be rendered is said to be, and is the latest; what is too little is neither.
#[test]
fn interrupted_later_it_says_how_to_go_on() {
    for (ladder, has_answer) in [("2,3,4", true), ("2,4", false)] {
        let mut running = Running::begin(&["--streams", ladder, "--pace", "1s"]);
        running.until_said("pass 2 of at most 5:");
        send(Signal::SIGINT, running.harness.id() as i32);
        let (code, said, answer, folder) = running.answer();
        assert_eq!(code, Some(130), "{said}");
        let run = run_folder(folder.path());
        let record = fs::read_to_string(run.join("run.json")).unwrap();
        assert!(record.contains("\"interrupted\":true"));
        let trials = ladder.split(',').count();
        assert!(said.contains(&format!("interrupted; {trials} trials are saved")), "{said}");
        assert_eq!(said.contains("probe report"), has_answer, "{said}");
        assert_eq!(answer.contains("One more dropped stream"), has_answer, "{answer}");
        let is_told = |text: &str| text.contains("Interrupted: 3 trials") && text.contains("The run was interrupted");
        assert_eq!(is_told(&answer), has_answer, "{answer}");
        let rendered = self::run(&["report", run.to_str().unwrap()]);
        assert_eq!(rendered.status.success(), has_answer, "{}", String::from_utf8_lossy(&rendered.stderr));
        assert_eq!(folder.path().join("latest").exists(), has_answer);
        let page = fs::read_to_string(run.join("report.md")).unwrap_or_default();
        assert_eq!(is_told(&page) && is_told(&String::from_utf8_lossy(&rendered.stdout)), has_answer, "{page}");
        assert!(!run.join("subjects").exists(), "no subject had anything to say");
    }
}

/// What cannot be saved after a pass is told then, and nothing more is measured; the answer as it is by then is shown.
#[test]
fn a_record_that_cannot_be_kept_ends_the_run() {
    let mut running = Running::begin(&["--streams", "2,3,4", "--pace", "1s"]);
    running.until_said("3 trials streaming");
    let run = run_folder(running.folder.path());
    fs::create_dir(run.join("run.json")).unwrap();
    let (code, said, answer, folder) = running.answer();
    assert_eq!(code, Some(2), "{said}");
    let last = said.lines().last().unwrap();
    assert!(last.contains("cannot write") && last.contains("run.json") && last.contains("of the 3 trials"), "{said}");
    assert!(!said.contains("pass 2") && answer.contains("One more dropped stream"), "{said}{answer}");
    assert!(!folder.path().join("latest").exists(), "it is nothing to plan with");
}

#[test]
fn a_folder_that_is_removed_ends_the_run() {
    let running = Running::start(&["--pace", "60s"]);
    let subjects = running.subjects();
    fs::remove_dir_all(run_folder(running.folder.path())).unwrap();
    let (code, said, folder) = running.end();
    assert_eq!(code, Some(2), "{said}");
    let last: Vec<&str> = said.lines().filter(|line| line.starts_with("probe:")).collect();
    assert!(last.len() == 1 && last[0].contains("was removed while the run went on"), "{said}");
    assert!(subjects.iter().all(|pid| !is_alive(*pid)), "a subject is left behind");
    assert_eq!(names(folder.path()), [""; 0], "and it is not made anew");
}

/// A run that is saved is said to be, whatever cannot be written beside it: of what `breaks` does to the run's folder, `words` are said.
fn saved_is_said_to_be_saved(breaks: fn(&Path), words: &str) {
    let mut running = Running::begin(&["--streams", "2,3,4", "--repeats", "2", "--pace", "1s"]);
    running.until_said("3 trials streaming");
    let run = run_folder(running.folder.path());
    breaks(&run);
    let (code, said, answer, folder) = running.answer();
    assert_eq!(code, Some(2), "{said}");
    let last = said.lines().last().unwrap();
    let way_out = format!("run.json is saved: render it with: probe report {}", run.display());
    assert!(last.contains(words) && last.contains(&way_out), "{said}");
    assert!(answer.contains("One more dropped stream") && run.join("cost.json").exists());
    assert!(!names(folder.path()).iter().any(|name| name.starts_with('.')), "{:?}", names(folder.path()));
}

#[test]
fn saved_beside_a_report_that_cannot_be_written() {
    saved_is_said_to_be_saved(|run| fs::create_dir(run.join("report.md")).unwrap(), "cannot write report.md in ");
}

#[test]
fn saved_beside_a_latest_that_is_a_folder() {
    saved_is_said_to_be_saved(|run| fs::create_dir(run.with_file_name("latest")).unwrap(), "latest is a folder");
}

/// Started by nohup(1), it goes on when the terminal is closed.
#[test]
fn who_ignores_a_closed_terminal_goes_on_ignoring_it() {
    let running = Running::start_with(SigHandler::SigIgn, &["--pace", "60s"]);
    let status = fs::read_to_string(format!("/proc/{}/status", running.harness.id())).unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap().trim();
    let bits = (1 << (Signal::SIGHUP as u64 - 1)) | (1 << (Signal::SIGQUIT as u64 - 1));
    assert_eq!(u64::from_str_radix(mask, 16).unwrap() & bits, bits);
    send(Signal::SIGHUP, running.harness.id() as i32);
    send(Signal::SIGTERM, running.harness.id() as i32);
    assert_eq!(running.end().0, Some(130));
}

/// Also where no cgroup holds it together: a child in a session of its own, and a daemon that forked twice.
#[test]
fn what_a_subject_leaves_behind_ends_with_it() {
    let Some((mut probe, folder)) = ordinary_user() else { return };
    let pids = ["child", "daemon"].map(|name| folder.path().join(name));
    let [child, daemon] = &pids;
    let program = format!(
        "setsid sh -c 'echo $$ > {0}; exec sleep 1000' & (setsid sh -c 'echo $$ > {1}; exec sleep 1000' &)
         until [ -s {0} ] && [ -s {1} ]; do sleep 0.01; done; exit 3",
        child.display(),
        daemon.display()
    );
    let output = probe.args(["--streams", "1,2", "--drop", "--quiet", "--out", "out", "--", "sh", "-c", &program]);
    let Some(output) = output_or_left_out(output) else { return };
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    for file in &pids {
        let pid: i32 = fs::read_to_string(file).unwrap().trim().parse().unwrap();
        assert!(!is_alive(pid), "{} lives on", file.display());
    }
}

/// Runs it under a limit; what it says and its exit code, which a program that was ended has none of.
fn limited(mut probe: Command, resource: Resource, limit: u64) -> (Option<i32>, String) {
    // SAFETY: setrlimit is a system call.
    unsafe { probe.pre_exec(move || Ok(setrlimit(resource, limit, limit)?)) };
    let output = probe.output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn limits_that_are_too_low_are_a_line_each() {
    let (mut probe, folder) = unprivileged();
    probe.args(["--streams", "1,2", "--drop", "--quiet", "--out", "out"]);
    let (code, said) = limited(probe, Resource::RLIMIT_NPROC, 2);
    assert_eq!((code, said.lines().count()), (Some(2), 1), "{said}");
    assert!(said.contains("cannot start") && said.contains("ulimit -u"), "{said}");
    assert!(!folder.path().join("out").exists());

    let mut probe = probe_of_plan(folder.path());
    probe.stdout(Stdio::null());
    let (code, said) = limited(probe, Resource::RLIMIT_FSIZE, 1024);
    assert_eq!((code, said.lines().count()), (Some(2), 1), "{said}");
    assert!(said.contains("cannot write") && said.contains("File too large"), "{said}");
}

fn probe_of_plan(folder: &Path) -> Command {
    let mut probe = probe();
    probe.args(["plan", "--arrival", "1", "--duration", "10", "--simulate", "0", "--out"]).arg(folder.join("plan"));
    probe
}

/// Whoever cannot hear it still gets the exit code.
#[test]
fn a_standard_error_that_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    for arguments in [
        &["report", "/no/such/folder"][..],
        &["--streams", "1,2", "--drop", "--out", out, "--", "sh", "-c", "exit 3"],
        &["plan", "--arrival", "often"],
    ] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let status = probe().args(arguments).stdout(Stdio::null()).stderr(full).status().unwrap();
        assert_eq!(status.code(), Some(2), "{arguments:?}: {status}");
    }
}

#[test]
fn killed_it_takes_its_subjects_along() {
    let mut running = Running::start(&["--pace", "60s"]);
    let subjects = running.subjects();
    running.harness.kill().unwrap();
    let begun = Instant::now();
    while subjects.iter().any(|pid| is_alive(*pid)) {
        assert!(begun.elapsed() < Duration::from_secs(20), "a subject is left behind");
        std::thread::yield_now();
    }
    running.end();
}

/// Subjects that die in every pass leave what was measured of them until then.
#[test]
fn a_subject_that_crashes() {
    let mut running = Running::start(&["--pace", "3s"]);
    running.signal_subjects(Signal::SIGKILL);
    running.until_said("2 trials streaming");
    running.signal_subjects(Signal::SIGKILL);
    let (code, said, folder) = running.end();
    assert_eq!(code, Some(2), "{said}");
    let last = said.lines().last().unwrap();
    assert!(last.contains("the subject ended in phase") && last.contains("SIGKILL"), "{last}");
    let record = fs::read_to_string(run_folder(folder.path()).join("run.json")).unwrap();
    assert!(record.contains("\"phase\":\"open\""), "what was measured before the crash is kept");
}

#[test]
fn a_trial_is_called_by_its_streams() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let output = run(&["--streams", "2,31", "--drop", "--no-heap", "--out", out, "--", "true"]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("the trial with 2 streams: ") && error.contains("the trial with 31 streams: "), "{error}");
    assert!(!error.contains("?;"), "{error}");
}

/// A subject that hangs while it streams is measured at what it holds, doubted, and killed at the end.
#[test]
fn a_subject_that_hangs() {
    let running = Running::start(&["--pace", "1s"]);
    let subjects = running.subjects();
    running.signal_subjects(Signal::SIGSTOP);
    let (code, _, folder) = running.end();
    assert_eq!(code, Some(0));
    assert!(subjects.iter().all(|pid| !is_alive(*pid)), "a subject is left behind");
    let cost = fs::read_to_string(run_folder(folder.path()).join("cost.json")).unwrap();
    assert!(cost.contains("subject-behind"), "{cost}");
}

#[test]
fn strict_turns_a_doubt_into_an_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    // 4 streams were measured, and far more fit into this limit: an extrapolation, which is a doubt.
    let output = run(&[
        "--streams",
        "4",
        "--drop",
        "--no-heap",
        "--chars",
        "500",
        "--pace",
        "1s",
        "--repeats",
        "2",
        "--quiet",
        "--limit",
        "4GiB",
        "--strict",
        "--out",
        out,
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("Doubt (drop)"));
    assert!(output.stderr.is_empty(), "quiet is quiet: {}", String::from_utf8_lossy(&output.stderr));
}

/// A server of somebody else's is sent no requests, nor what their headers say.
#[test]
fn a_port_that_is_taken() {
    let somebody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/messages", somebody.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    refused_in_a_line(
        &["--streams", "1,2", "--drop", "--out", out, "--quiet", "--drive", &url, "--", "cat"],
        &["--drive", "something listens at", &url],
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a refused run leaves no folder");
}
