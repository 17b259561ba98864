//! The program as a user meets it when something is wrong: one clear line, the right exit code, nothing lost, nobody left behind.

use std::fs;
use std::io::{BufRead, BufReader, Read};
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
    refused(&["--streams", "0"], &["--streams 0", "at least one"]);
    refused(&["--streams", "1"], &["two different numbers", "--streams 24"]);
    refused(&["--streams", "8,8"], &["two different numbers"]);
    refused(&["--streams", "many"], &["'many'", "such as 24"]);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    refused_in_a_line(&["--streams", "4000000000", "--out", out, "--quiet"], &["open files", "use at most", "ulimit"]);
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
    assert_eq!(fs::read_dir(out).unwrap().count(), 0, "a refused run leaves no folder");
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
}

#[test]
fn a_port_in_use() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    refused_in_a_line(&["serve", "--port", &port], &[&port, "--port", "in use"]);
}

/// A running harness with two subjects, and what it says.
struct Running {
    harness: Child,
    said: BufReader<ChildStderr>,
    folder: tempfile::TempDir,
}

impl Running {
    /// Starts it and waits until its streams have begun to get text.
    fn start(arguments: &[&str]) -> Running {
        let folder = tempfile::tempdir().unwrap();
        let mut harness = probe()
            .args(["--streams", "2,4", "--drop", "--no-heap", "--chars", "2000", "--repeats", "2"])
            .args(arguments)
            .arg("--out")
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(harness.stderr.take().unwrap());
        let mut running = Running { harness, said, folder };
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

    fn signal_subjects(&self, signal: &str) {
        let subjects = self.subjects();
        assert_eq!(subjects.len(), 2);
        subjects.into_iter().for_each(|pid| send(signal, pid));
    }

    /// Waits for the end: exit code, the rest of standard error.
    fn end(mut self) -> (Option<i32>, String, tempfile::TempDir) {
        let mut rest = String::new();
        self.said.read_to_string(&mut rest).unwrap();
        (self.harness.wait().unwrap().code(), rest, self.folder)
    }
}

fn send(signal: &str, pid: i32) {
    assert!(Command::new("kill").args([signal, &pid.to_string()]).status().unwrap().success());
}

fn children_of(parent: u32) -> Vec<i32> {
    let tasks = fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<i32>>()).collect()
}

fn is_alive(pid: i32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

fn run_folder(out: &Path) -> std::path::PathBuf {
    let mut folders = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path());
    folders.find(|path| path.is_dir() && !path.is_symlink()).unwrap()
}

#[test]
fn interrupted_it_ends_its_subjects_and_says_how_to_go_on() {
    for signal in ["-INT", "-TERM"] {
        let running = Running::start(&["--pace", "60s"]);
        let subjects = running.subjects();
        send(signal, running.harness.id() as i32);
        let (code, said, folder) = running.end();
        assert_eq!(code, Some(130), "{said}");
        assert!(said.contains("interrupted") && said.contains("probe report"), "{said}");
        assert!(subjects.iter().all(|pid| !is_alive(*pid)), "a subject is left behind");
        let record = fs::read_to_string(run_folder(folder.path()).join("run.json")).unwrap();
        assert!(record.contains("\"interrupted\":true"));
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
    running.signal_subjects("-KILL");
    running.until_said("2 trials streaming");
    running.signal_subjects("-KILL");
    let (code, said, folder) = running.end();
    assert_eq!(code, Some(2), "{said}");
    let last = said.lines().last().unwrap();
    assert!(last.contains("the subject ended in phase") && last.contains("SIGKILL"), "{last}");
    let record = fs::read_to_string(run_folder(folder.path()).join("run.json")).unwrap();
    assert!(record.contains("\"phase\":\"open\""), "what was measured before the crash is kept");
}

/// A subject that hangs while it streams is measured at what it holds, doubted, and killed at the end.
#[test]
fn a_trial_is_called_by_its_streams() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let output = run(&["--streams", "2,31", "--drop", "--no-heap", "--out", out, "--", "true"]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("the trial with 2 streams: ") && error.contains("the trial with 31 streams: "), "{error}");
    assert!(!error.contains("?;"), "{error}");
}

#[test]
fn a_subject_that_hangs() {
    let running = Running::start(&["--pace", "3s"]);
    let subjects = running.subjects();
    running.signal_subjects("-STOP");
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
