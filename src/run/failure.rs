//! A trial, or a heap profile, that came to nothing, and the one line that says it.

use super::reason::Reason;
use crate::foreign::printable;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// A trial that gave nothing to measure, or less than it was to, and why. Shown, it is one line that may be printed, also where the record
/// is anyone's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Order of start within the run; a heap profile has none, and is known by its series and its streams.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u32>,
    /// Which of the scenario's series.
    pub series: u32,
    /// Streams asked for.
    pub asked: u32,
    /// What happened.
    #[serde(flatten)]
    pub reason: Reason,
    /// The line of the subject's standard error, near its end, that says what went wrong, quotable; `None` if there was none, or it says nothing of this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_words: Option<String>,
    /// The file in the run's folder with all that it wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
}

impl Failure {
    /// Whether two trials came to nothing for the same reason: of the same kind, in the same phase, with the same words of others but for
    /// numbers, which are of the one trial: its streams, a time, a process.
    pub fn is_like(&self, other: &Failure) -> bool {
        let kind = |failure: &Failure| std::mem::discriminant(&failure.reason);
        let words = |failure: &Failure| {
            let said = failure.last_words.as_deref().unwrap_or_default();
            format!("{}; {said}", failure.reason.told()).replace(|c: char| c.is_ascii_digit(), "")
        };
        kind(self) == kind(other) && self.reason.phase() == other.reason.phase() && words(self) == words(other)
    }

    /// The same where nothing is left of what the subject wrote but its last words.
    pub fn without_log(self) -> Failure {
        Failure { log: None, ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = self.reason.words(self.asked);
        if self.reason.is_the_subjects() {
            line.push_str(if line.ends_with('?') { " " } else { "; " });
            match (&self.last_words, &self.log) {
                (Some(words), Some(log)) => {
                    line.push_str(&format!("its last words: \"{words}\"; all of them are in {log}"));
                }
                (Some(words), None) => line.push_str(&format!("its last words: \"{words}\"")),
                (None, _) => line.push_str("it wrote nothing to its standard error"),
            }
        }
        f.write_str(&printable(&line))
    }
}

/// A failure as it may be in a file.
#[derive(Deserialize)]
struct Stored {
    #[serde(default)]
    sequence: Option<u32>,
    series: u32,
    asked: u32,
    #[serde(default)]
    last_words: Option<String>,
    #[serde(default)]
    log: Option<String>,
    #[serde(flatten)]
    reason: Map<String, Value>,
}

impl<'de> Deserialize<'de> for Failure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Failure, D::Error> {
        let Stored { sequence, series, asked, last_words, log, reason } = Stored::deserialize(deserializer)?;
        // Earlier versions wrote a sentence, later a kind and a phase beside it, and never what it is made of.
        let reason = match reason.get("why") {
            Some(Value::String(why)) => Reason::Told { why: why.clone() },
            _ => Reason::deserialize(Value::Object(reason)).map_err(D::Error::custom)?,
        };
        Ok(Failure { sequence, series, asked, reason, last_words, log })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{LostProcess, Phase};
    use serde_json::json;

    fn ended(status: &str, last_words: Option<&str>) -> Failure {
        Failure {
            sequence: Some(3),
            series: 0,
            asked: 4,
            reason: Reason::Ended { phase: Phase::Idle, status: status.to_owned(), opened: 0 },
            last_words: last_words.map(str::to_owned),
            log: last_words.map(|_| "subjects/003-sh-4.stderr".to_owned()),
        }
    }

    #[test]
    fn data_is_kept_and_words_are_made_of_it() {
        let failure = ended("exit status: 3", Some("no config"));
        let stored = serde_json::to_value(&failure).unwrap();
        let wanted = json!({
            "sequence": 3, "series": 0, "asked": 4, "kind": "ended", "phase": "idle", "status": "exit status: 3", "opened": 0,
            "last_words": "no config", "log": "subjects/003-sh-4.stderr"
        });
        assert_eq!(stored, wanted);
        assert_eq!(serde_json::from_value::<Failure>(stored).unwrap(), failure);
        let words =
            "the subject ended in phase idle (exit status: 3) before it opened a stream; its last words: \"no config\"";
        assert_eq!(failure.to_string(), format!("{words}; all of them are in subjects/003-sh-4.stderr"));
        assert_eq!(failure.without_log().to_string(), words);
        let because = Box::new(ended("signal: 9", None).reason);
        let profile = Reason::NoProfile { file: "heap.json".to_owned(), because };
        let profile = Failure { sequence: None, reason: profile, last_words: None, log: None, ..ended("", None) };
        let stored = serde_json::to_string(&profile).unwrap();
        assert_eq!(serde_json::from_str::<Failure>(&stored).unwrap(), profile);
        assert!(profile.to_string().starts_with("no heap profile heap.json: the subject ended in phase idle (signal"));
    }

    #[test]
    fn sentences_of_earlier_versions_stay() {
        for more in [json!({}), json!({ "kind": "ended", "phase": "idle" }), json!({ "kind": "untold" })] {
            let mut stored = json!({ "sequence": 1, "series": 0, "asked": 2, "why": "it ended\u{1b}[2J" });
            stored.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let failure: Failure = serde_json::from_value(stored).unwrap();
            assert_eq!(failure.to_string(), "it ended\\u{1b}[2J");
            let again = serde_json::to_string(&failure).unwrap();
            assert_eq!(serde_json::from_str::<Failure>(&again).unwrap(), failure);
        }
        let nothing = json!({ "sequence": 1, "series": 0, "asked": 2, "kind": "ended" });
        assert!(serde_json::from_value::<Failure>(nothing).is_err());
    }

    #[test]
    fn what_broke_streams_off_is_said() {
        let lost = |signal: Option<&str>| LostProcess { name: "python3".to_owned(), signal: signal.map(str::to_owned) };
        let broken = |opened, broken_off, had_text, lost| {
            let reason = Reason::BrokenOff { phase: Phase::Open, opened, broken_off, after_ms: 1213, had_text, lost };
            Failure { reason, ..ended("", None) }
        };
        for (failure, words) in [
            (
                broken(4, 4, false, None),
                "4 of 4 streams were broken off by the subject after 1.2 s, before any text: a read timeout?",
            ),
            (
                broken(8, 4, false, None),
                "8 streams came where 4 were asked, and 4 of them were broken off by the subject after 1.2 s, before any text: a read \
                 timeout, and a retry that hides it?",
            ),
            (
                broken(4, 1, true, None),
                "1 of 4 streams was broken off by the subject after 1.2 s, when text had come: a timeout?",
            ),
            (
                broken(4, 2, true, Some(lost(Some("SIGKILL")))),
                "2 of 4 streams were broken off by the subject after 1.2 s: a process of the subject, python3, was killed by SIGKILL;",
            ),
            (broken(4, 2, true, Some(lost(None))), "a process of the subject, python3, was gone"),
        ] {
            assert!(failure.to_string().contains(words), "{failure}");
            assert_eq!(serde_json::from_value::<Failure>(serde_json::to_value(&failure).unwrap()).unwrap(), failure);
        }
        assert!(!broken(4, 2, true, None).is_like(&broken(4, 2, true, Some(lost(None)))));
    }

    #[test]
    fn alike_is_what_differs_in_numbers_alone() {
        let one = ended("exit status: 3", Some("no config, 4711"));
        assert!(one.is_like(&Failure { asked: 1, ..ended("exit status: 3", Some("no config, 12")) }));
        assert!(!one.is_like(&ended("signal: 9 (SIGKILL)", Some("no config, 4711"))));
        assert!(!one.is_like(&ended("exit status: 3", Some("no room"))));
        let later = Reason::Ended { phase: Phase::Full, status: "exit status: 3".to_owned(), opened: 0 };
        assert!(!one.is_like(&Failure { reason: later, ..one.clone() }));
    }
}
