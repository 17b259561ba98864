//! Which line of what a program wrote at its end says what went wrong: not the last one where a runtime writes its trace, or its version,
//! behind it.

/// The line that says it, and its number from 0; `None` where nothing was said.
pub(super) fn telling_line(text: &str) -> Option<(usize, &str)> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let last = lines.iter().rposition(|line| !line.trim().is_empty())?;
    let told = &lines[..=last];
    let rules = [of_go, of_rust, of_java, of_node];
    let line = rules.iter().find_map(|rule| rule(told)).filter(|line| !told[*line].trim().is_empty()).unwrap_or(last);
    Some((line, lines[line].trim()))
}

/// `panic: no config`, and the stacks of goroutines behind it; `go run` adds how the program ended.
fn of_go(lines: &[&str]) -> Option<usize> {
    let stack = lines.iter().position(|line| line.starts_with("goroutine ") && line.ends_with(':'))?;
    let is_end =
        |line: &&&str| line.starts_with("exit status ") || line.starts_with('\t') || line.starts_with("created by ");
    lines.last().filter(is_end)?;
    let is_start = |line: &&str| line.starts_with("panic: ") || line.starts_with("fatal error: ");
    lines[..stack].iter().rposition(is_start)
}

/// The message stands below `thread 'main' panicked at src/main.rs:2:5:`, and a note or a backtrace below it.
fn of_rust(lines: &[&str]) -> Option<usize> {
    let last = lines.last()?;
    let is_frame = last.trim_start().starts_with(|c: char| c.is_ascii_digit()) && last.contains(": ");
    if !(last.starts_with("note: ") || is_frame || is_place(last)) {
        return None;
    }
    let panicked = lines.iter().rposition(|line| line.starts_with("thread '") && line.contains(" panicked at "))?;
    // Before Rust 1.73 the message stood in the same line.
    let is_alone = lines[panicked].ends_with(':') && panicked + 1 < lines.len();
    Some(if is_alone { panicked + 1 } else { panicked })
}

/// The last cause, where there are causes, and else the exception above the first place of the trace that ends the text.
fn of_java(lines: &[&str]) -> Option<usize> {
    lines.last().filter(|line| is_place(line) || is_more(line))?;
    let begins = |line: &&str| line.starts_with("Exception in thread ") || line.starts_with("Caused by: ");
    lines.iter().rposition(begins)
}

/// The error above its trace; the version of the runtime stands at the end where nobody caught it, behind fields of the error in braces.
fn of_node(lines: &[&str]) -> Option<usize> {
    let is_version = |line: &&str| line.starts_with("Node.js v") || line.starts_with("Bun v");
    let has_version = lines.last().is_some_and(is_version);
    let mut end = if has_version { lines.len() - 1 } else { lines.len() };
    let is_aside = |line: &str| line.is_empty() || line.starts_with("(Use `node ");
    while has_version && end > 0 && is_aside(lines[end - 1]) {
        end -= 1;
    }
    let places = |from: usize| lines[from..end].iter().filter(|line| is_place(line)).count();
    let paragraph = lines[..end].iter().rposition(|line| line.is_empty()).map_or(0, |blank| blank + 1);
    if !(has_version || lines.last().is_some_and(|line| is_place(line))) || end == 0 {
        return None;
    }
    if places(paragraph) == 0 {
        // What was thrown is no error, and has no trace.
        return Some(end - 1);
    }
    let first = paragraph + lines[paragraph..end].iter().position(|line| is_place(line))?;
    first.checked_sub(1)
}

/// `    at main (app.mjs:3:7)`, of JavaScript, Java and Rust alike.
fn is_place(line: &str) -> bool {
    line.starts_with(char::is_whitespace) && line.trim_start().starts_with("at ")
}

/// `... 3 more`, indented, which Java writes for places that were named already.
fn is_more(line: &str) -> bool {
    line.trim_start().starts_with("... ") && line.ends_with(" more")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(text: &str, line: &str) {
        assert_eq!(telling_line(text).unwrap().1, line, "{text}");
    }

    #[test]
    fn what_ends_well_is_quoted_from_its_end() {
        says("starting\nno config\n\n", "no config");
        says(
            "Traceback (most recent call last):\n  File \"x.py\", line 1, in <module>\nValueError: no config\n",
            "ValueError: no config",
        );
        says("goroutine 1 [running]:\nof ours\nno config", "no config");
        says("note: all is well", "note: all is well");
        assert_eq!(telling_line("\n \n"), None);
    }

    #[test]
    fn node() {
        let head = "[eval]:1\nsetTimeout(()=>{throw new Error(\"no config\")},50)\n                ^\n\n";
        let trace = "Error: no config\n    at Timeout._onTimeout ([eval]:1:23)\n    at node:internal/timers:573:17\n";
        says(&format!("{head}{trace}\nNode.js v20.19.0\n"), "Error: no config");
        let fields = trace.trim_end().to_owned() + " {\n  code: 'ENOENT'\n}\n";
        says(&format!("{head}{fields}\nNode.js v20.19.0\n"), "Error: no config");
        says(&format!("listening\n{trace}"), "Error: no config");
        says(
            "[eval]:1\nthrow 'no config'\n^\nno config\n(Use `node --trace-uncaught ...` to show where the exception was thrown)\n\nNode.js v20.19.0",
            "no config",
        );
    }

    #[test]
    fn java() {
        let trace = "starting\nException in thread \"main\" java.lang.IllegalStateException: no config\n\tat Main.main(Main.java:3)\n";
        says(trace, "Exception in thread \"main\" java.lang.IllegalStateException: no config");
        let cause = "Caused by: java.io.IOException: no file\n\tat Main.read(Main.java:9)\n\t... 1 more\n";
        says(&format!("{trace}{cause}"), "Caused by: java.io.IOException: no file");
    }

    #[test]
    fn go() {
        let panic = "panic: no config\n\ngoroutine 1 [running]:\nmain.main()\n\t/tmp/main.go:4 +0x2c\n";
        says(panic, "panic: no config");
        says(&format!("{panic}exit status 2\n"), "panic: no config");
        says(
            "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [select (no cases)]:\nmain.main()\n\t/m.go:4 +0x1\n",
            "fatal error: all goroutines are asleep - deadlock!",
        );
    }

    #[test]
    fn rust() {
        let note = "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n";
        says(&format!("\nthread 'main' (77) panicked at src/main.rs:2:5:\nno config\n{note}"), "no config");
        says(
            &format!("thread 'main' panicked at 'no config', src/main.rs:2:5\n{note}"),
            "thread 'main' panicked at 'no config', src/main.rs:2:5",
        );
        says(
            "thread 'main' panicked at src/main.rs:2:5:\nno config\nstack backtrace:\n   0: std::panicking::begin_panic\n             at /rustc/x/std.rs:7:5\n",
            "no config",
        );
    }
}
