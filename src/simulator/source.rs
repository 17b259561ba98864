//! Where the text of streams comes from.

use super::script::Script;
use super::upstream::Upstream;
use crate::wire::request::SIMULATED_KEY;
use std::sync::Arc;

/// Where the text of streams comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// One script for all of them.
    Script(Arc<Script>),
    /// A real API, to which requests are passed on.
    Upstream(Upstream),
}

impl Source {
    /// The key that a program has to send.
    pub fn subject_key(&self) -> &str {
        match self {
            Source::Script(_) => SIMULATED_KEY,
            Source::Upstream(upstream) => upstream.subject_key(),
        }
    }
}

impl From<Script> for Source {
    fn from(script: Script) -> Source {
        Source::Script(Arc::new(script))
    }
}

impl From<Upstream> for Source {
    fn from(upstream: Upstream) -> Source {
        Source::Upstream(upstream)
    }
}
