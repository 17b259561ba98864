//! What the README shows of `probe plan` is what the program prints.

use std::process::{Command, Output};

fn readme() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

/// Runs a command line as the README has it.
fn run(command: &str) -> Output {
    let mut words = command.split_whitespace();
    assert_eq!(words.next(), Some("probe"), "{command}");
    Command::new(env!("CARGO_BIN_EXE_probe")).args(words).output().unwrap()
}

/// Every block of the README that begins with `$ probe plan`: the command, and what is shown of its output.
fn examples(readme: &str) -> Vec<(&str, Vec<&str>)> {
    let blocks = readme.split("```text\n").skip(1).map(|rest| rest.split("\n```").next().unwrap());
    blocks
        .filter_map(|block| {
            let (command, shown) = block.strip_prefix("$ ")?.split_once('\n')?;
            command.starts_with("probe plan").then(|| (command, shown.lines().collect()))
        })
        .collect()
}

/// The example begins with exactly the lines that are shown, all of its sentences.
#[test]
fn its_examples_are_run() {
    let readme = readme();
    let examples = examples(&readme);
    assert!(examples.iter().any(|(command, _)| command.contains("--arrival")), "the example without a file is there");
    for (command, shown) in examples {
        let output = run(command);
        assert_eq!(output.status.code(), Some(0), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let sentences: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).collect();
        assert!(
            !shown.is_empty() && sentences == shown,
            "README.md should show of {command}:\n{}",
            sentences.join("\n")
        );
    }
}

/// The commands that the README begins with: what `init` prints is planned as it is.
#[test]
fn its_commands_are_commands() {
    let readme = readme();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.toml");
    for command in ["probe plan init > plan.toml", "probe plan plan.toml --cost output/latest"] {
        assert!(readme.contains(command), "{command}");
    }
    let template = run("probe plan init");
    assert_eq!(template.status.code(), Some(0));
    std::fs::write(&path, template.stdout).unwrap();
    let gallery = concat!(env!("CARGO_MANIFEST_DIR"), "/output/gallery/24-streams");
    for more in [&[][..], &["--cost", gallery], &["--emit", "kubernetes"], &["--emit", "prometheus"], &["--json"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_probe")).arg("plan").arg(&path).args(more).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{more:?}: {}", String::from_utf8_lossy(&output.stderr));
        // On a slow machine playing takes more than a second, which is said.
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.stdout.is_empty() && said.lines().all(|line| line.starts_with("playing ")), "{more:?}: {said}");
    }
}
