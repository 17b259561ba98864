//! What a client holds, in the words of those who run it.

use serde::{Deserialize, Serialize};

/// What a client holds of which the ladder counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// Streams.
    #[default]
    Stream,
    /// Agents: each has a process of its own, and a stream while it is answered.
    Agent,
}

impl Held {
    /// One of them.
    pub fn one(self) -> &'static str {
        match self {
            Held::Stream => "stream",
            Held::Agent => "agent",
        }
    }

    /// More of them.
    pub fn many(self) -> &'static str {
        match self {
            Held::Stream => "streams",
            Held::Agent => "agents",
        }
    }

    /// Words of this program's own that speak of streams, in the terms of what is held.
    pub fn said(self, of_streams: &str) -> String {
        match self {
            Held::Stream => of_streams.to_owned(),
            // With a blank in front, so that no word that ends in an a is taken for it.
            Held::Agent => {
                format!(" {of_streams}").replace(" a stream", " an agent").replace("stream", "agent")[1..].to_owned()
            }
        }
    }

    /// What an older record, or one of streams, leaves out.
    pub fn is_stream(&self) -> bool {
        *self == Held::Stream
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_streams_become_those_of_agents() {
        assert_eq!(Held::Agent.said("one more stream; open streams"), "one more agent; open agents");
        assert_eq!(Held::Agent.said("sockets a stream, not in RSS"), "sockets an agent, not in RSS");
        assert_eq!(Held::Agent.said("a stream; an extra stream"), "an agent; an extra agent");
        assert_eq!(Held::Stream.said("one more stream"), "one more stream");
        for held in [Held::Stream, Held::Agent] {
            assert_eq!([held.said("stream"), held.said("streams")], [held.one(), held.many()]);
        }
    }
}
