//! Cgroups for real, on the version that this machine has; where none may be created each test says so, and passes unless
//! `PROBE_TEST_CGROUPS=required` is set. The parsers of their files against anything at all.

use crate::support::is_required;
use proptest::prelude::*;
use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use stream_probe::reading::cgroup::{ContainerMemory, Hierarchy, Version, effective_limit};
use stream_probe::sampler::Process;
use stream_probe::subject::{Cgroup, Cgroups};
use stream_probe::units::Bytes;

const MIB: u64 = 1 << 20;
const SIGKILL: i32 = 9;
/// Far beyond the two seconds after which the kernel's statistics are complete.
const PATIENCE: Duration = Duration::from_secs(15);

static CGROUPS: LazyLock<Result<Cgroups, String>> =
    LazyLock::new(|| Cgroups::detect().map_err(|error| error.to_string()));

/// This machine's cgroups, or `None` after a line about what is left out.
fn cgroups(test: &str) -> Option<&'static Cgroups> {
    match &*CGROUPS {
        Ok(cgroups) => Some(cgroups),
        Err(why) => {
            let required = is_required("PROBE_TEST_CGROUPS");
            assert!(!required, "PROBE_TEST_CGROUPS=required: {why}");
            // Past the test harness, which would swallow it.
            let _ = writeln!(io::stderr(), "left out: {test}: {why}");
            None
        }
    }
}

/// Starts a program in a cgroup.
fn spawn_in(cgroup: &Cgroup, command: &mut Command) -> Child {
    let entrance = cgroup.entrance().unwrap();
    // SAFETY: `enter` is one system call.
    unsafe { command.pre_exec(move || entrance.enter()) };
    command.spawn().unwrap()
}

/// Fills a buffer of so many MiB with zeros that it reads, and then waits with it for somebody to take all of them off its output.
fn hold(cgroup: &Cgroup, mib: u64) -> Child {
    let mut command = Command::new("dd");
    command.args(["if=/dev/zero", "count=1", "status=none", &format!("bs={mib}M")]).stdout(Stdio::piped());
    spawn_in(cgroup, &mut command)
}

/// Waits until the buffer is full; false if the process ended before.
fn holds(child: &mut Child) -> bool {
    child.stdout.as_mut().unwrap().read(&mut [0]).unwrap() == 1
}

/// Asks until the answer is yes.
fn until(what: &str, mut asked: impl FnMut() -> bool) {
    let give_up = Instant::now() + PATIENCE;
    while !asked() {
        assert!(Instant::now() < give_up, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn ended_by_kill(child: &mut Child) {
    assert_eq!(child.wait().unwrap().signal(), Some(SIGKILL));
}

#[test]
fn what_a_process_touches_is_charged_to_the_cgroup_that_it_joined() {
    let Some(cgroups) = cgroups("joining and reading") else { return };
    let cgroup = cgroups.create(None).unwrap();
    let before = cgroup.read().unwrap();
    assert_eq!((before.usage_bytes, before.anonymous_bytes, before.oom_kills), (0, 0, 0));

    let mut child = hold(&cgroup, 64);
    assert!(holds(&mut child));
    assert_eq!(cgroup.pids().unwrap(), [child.id()]);
    let at_once = cgroup.read().unwrap();
    assert_eq!(at_once.version, cgroups.version());
    assert!(at_once.usage_bytes >= 64 * MIB, "{at_once:?}");
    assert!(at_once.peak_bytes.is_none_or(|peak| peak >= at_once.usage_bytes), "{at_once:?}");

    let process = Process::open(child.id()).unwrap();
    until("anonymous memory as smaps_rollup has it", || {
        cgroup.read().unwrap().anonymous_bytes == process.smaps_rollup().unwrap().anonymous_bytes
    });
    let memory = cgroup.read().unwrap();
    assert!((64 * MIB..68 * MIB).contains(&memory.anonymous_bytes), "{memory:?}");
    // Page tables alone: 8 bytes for each of 16,384 pages.
    assert!((128 << 10..4 * MIB).contains(&memory.kernel_bytes), "{memory:?}");
    assert!(memory.usage_bytes >= memory.unreclaimable_bytes(), "{memory:?}");
    assert_eq!(memory.oom_kills, 0);

    let directory = cgroup.directory().to_owned();
    cgroup.remove().unwrap();
    ended_by_kill(&mut child);
    assert!(!directory.exists());
}

#[test]
fn the_limit_kills_and_is_counted_and_nobody_else_feels_it() {
    let Some(cgroups) = cgroups("killing by limit") else { return };
    let (beside, limited) = (cgroups.create(None).unwrap(), cgroups.create(Some(Bytes(32 * MIB))).unwrap());
    let mut bystander = hold(&beside, 64);
    assert!(holds(&mut bystander));
    let mut victim = hold(&limited, 64);
    assert!(!holds(&mut victim));
    ended_by_kill(&mut victim);

    let memory = limited.read().unwrap();
    assert_eq!(memory.oom_kills, 1, "{memory:?}");
    assert!(memory.peak_bytes.is_none_or(|peak| (31 * MIB..=32 * MIB).contains(&peak)), "{memory:?}");
    assert_eq!(limited.pids().unwrap(), [0u32; 0]);
    assert_eq!(beside.read().unwrap().oom_kills, 0);
    assert_eq!(beside.pids().unwrap(), [bystander.id()]);
    drop(beside);
    ended_by_kill(&mut bystander);
}

#[test]
fn bytes_that_a_process_has_not_read_are_counted_as_its_sockets() {
    let Some(cgroups) = cgroups("sockets") else { return };
    let cgroup = cgroups.create(None).unwrap();
    let Some(0) = cgroup.read().unwrap().socket_bytes else {
        let _ = writeln!(io::stderr(), "left out: sockets: this kernel does not count them in cgroups");
        return;
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let connect = format!("exec 3<>/dev/tcp/127.0.0.1/{}; read", listener.local_addr().unwrap().port());
    let mut child = spawn_in(&cgroup, Command::new("bash").args(["-c", &connect]).stdin(Stdio::piped()));
    let mut connection = listener.accept().unwrap().0;
    connection.write_all(&[b'x'; 64 << 10]).unwrap();
    until("64 KiB unread", || cgroup.read().unwrap().socket_bytes >= Some(64 << 10));
    let sockets = cgroup.read().unwrap().socket_bytes;
    // The kernel counts whole buffers and pages: some 10 to 30 % more than the bytes in them.
    assert!(sockets < Some(128 << 10), "{sockets:?}");
    drop(cgroup);
    ended_by_kill(&mut child);
}

#[test]
fn a_dropped_cgroup_leaves_no_directory_and_no_process() {
    let Some(cgroups) = cgroups("dropping") else { return };
    let cgroup = cgroups.create(None).unwrap();
    let directory = cgroup.directory().to_owned();
    let mut command = Command::new("sh");
    command.args(["-c", "sleep 1000 & sleep 1000 & echo; wait"]).stdout(Stdio::piped());
    let mut child = spawn_in(&cgroup, &mut command);
    assert!(holds(&mut child));
    until("a shell and its two children", || cgroup.pids().unwrap().len() == 3);
    drop(cgroup);
    ended_by_kill(&mut child);
    // The kernel removes a cgroup only when no process is left in it.
    assert!(!directory.exists());
}

#[test]
fn what_was_counted_outlives_the_processes() {
    let Some(cgroups) = cgroups("killing") else { return };
    let cgroup = cgroups.create(None).unwrap();
    let mut child = hold(&cgroup, 16);
    assert!(holds(&mut child));
    child.kill().unwrap();
    ended_by_kill(&mut child);
    assert_eq!(cgroup.pids().unwrap(), [0u32; 0]);
    until("its memory given back", || cgroup.read().unwrap().anonymous_bytes == 0);
    let memory = cgroup.read().unwrap();
    assert!(memory.peak_bytes.is_none_or(|peak| peak >= 16 * MIB), "{memory:?}");
    assert_eq!(memory.oom_kills, 0, "killed, but not for want of memory");
}

/// A cgroup of the name that a process of `probe` would have given it. In the end it is removed, and with it whoever is in it.
struct LeftOver(PathBuf);

impl LeftOver {
    fn of(pid: u32, beside: &Cgroup) -> LeftOver {
        let directory = beside.directory().with_file_name(format!("probe-{pid}-0"));
        fs::create_dir(&directory).unwrap();
        LeftOver(directory)
    }
}

impl Drop for LeftOver {
    fn drop(&mut self) {
        // Also when an assertion has failed: whoever is in it is of this test.
        for _ in 0..1000 {
            let inside = fs::read_to_string(self.0.join("cgroup.procs")).unwrap_or_default();
            for pid in inside.lines().filter_map(|line| line.parse().ok()) {
                let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL);
            }
            if !self.0.exists() || fs::remove_dir(&self.0).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

#[test]
fn what_dead_processes_left_is_swept_with_who_lives_in_it() {
    let Some(cgroups) = cgroups("sweeping") else { return };
    let ours = cgroups.create(None).unwrap();
    let dead = || {
        let mut child = Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        child.id()
    };
    let mut alive = Command::new("sleep").arg("1000").spawn().unwrap();
    let mut left_behind = Command::new("sleep").arg("1000").spawn().unwrap();
    let left_over = |pid| LeftOver::of(pid, &ours);
    let (empty, used, other, elsewhere) =
        (left_over(dead()), left_over(dead()), left_over(alive.id()), left_over(dead()));
    fs::write(used.0.join("cgroup.procs"), left_behind.id().to_string()).unwrap();
    fs::write(elsewhere.0.join("cgroup.procs"), alive.id().to_string()).unwrap();
    // As a process of another PID namespace holds it, whose number means nobody here.
    let claim = fs::File::open(&elsewhere.0).unwrap();
    claim.try_lock().unwrap();

    Cgroups::detect().unwrap();
    assert!(!empty.0.exists());
    ended_by_kill(&mut left_behind);
    assert!(!used.0.exists());
    assert!(other.0.exists(), "the process that it is named after is alive");
    assert!(elsewhere.0.exists() && alive.try_wait().unwrap().is_none(), "somebody lives whose it is");
    assert!(ours.directory().exists());
    drop(claim);
    drop(elsewhere);
    ended_by_kill(&mut alive);
}

/// Lines that look like what is to be parsed, and those that do not.
fn lines() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "0",
        "::",
        ":memory:",
        "/",
        "/a",
        "/..",
        "\\040",
        "\\",
        " - ",
        "cgroup",
        "cgroup2",
        "rw,memory",
        "anon ",
        "file ",
        "kernel ",
        "slab ",
        "kernel_stack ",
        "sock ",
        "shmem ",
        "total_rss ",
        "total_cache ",
        "total_shmem ",
        "oom_kill ",
        "hierarchical_memory_limit ",
        "max",
        "18446744073709551615",
        "99999999999999999999",
        "-1",
        "\n",
        " ",
        "é",
    ]);
    let words = prop::collection::vec(word, 0..40).prop_map(|words| words.concat());
    prop_oneof![words, any::<String>()]
}

proptest! {
    #[test]
    fn no_text_makes_a_parser_panic(texts in prop::collection::vec(lines(), 7)) {
        let mut given = texts.iter().cycle();
        let mut next = || Ok(given.next().cloned().unwrap_or_default());
        for version in [Version::V1, Version::V2] {
            if let Ok(memory) = ContainerMemory::parse(version, |_| next()) {
                prop_assert!(memory.unreclaimable_bytes() >= memory.anonymous_bytes);
            }
        }
        if let Ok(found) = Hierarchy::find(&texts[0], &texts[1]) {
            prop_assert!(found.own.as_ref().is_none_or(|own| own.starts_with(&found.mount_point)));
        }
        for version in [Version::V1, Version::V2] {
            let hierarchy = Hierarchy { version, mount_point: PathBuf::from("/"), own: None };
            if let Ok(Some(limit)) = effective_limit(&hierarchy, Path::new("/a/b"), |_| next()) {
                prop_assert!((1..1 << 62).contains(&limit.0));
            }
        }
    }

    /// What is written is what is read, in any order and among any other fields.
    #[test]
    fn numbers_come_back(numbers in prop::array::uniform5(any::<u64>()), seed: u64) {
        let fields = ["anon", "file", "kernel", "sock", "shmem"];
        let mut stat: Vec<String> = fields.iter().zip(numbers).map(|(name, number)| format!("{name} {number}\n")).collect();
        stat.extend(fields.iter().map(|name| format!("{name}_other 3\n")));
        fastrand::Rng::with_seed(seed).shuffle(&mut stat);
        let stat = stat.concat();
        let memory = ContainerMemory::parse(Version::V2, |name| match name {
            "memory.stat" => Ok(stat.clone()),
            "memory.events" => Ok("oom 1\noom_kill 2\noom_group_kill 3\n".to_owned()),
            _ => Ok("5\n".to_owned()),
        }).unwrap();
        let read = [memory.anonymous_bytes, memory.file_bytes, memory.kernel_bytes, memory.socket_bytes.unwrap(), memory.shmem_bytes];
        prop_assert_eq!(read, numbers);
        prop_assert_eq!((memory.usage_bytes, memory.peak_bytes, memory.oom_kills), (5, Some(5), 2));
    }
}
