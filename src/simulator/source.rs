//! Where the text of streams comes from.

use super::script::Script;
use super::upstream::Upstream;
use crate::wire::dialect::Dialect;
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
    /// In which dialect they speak.
    pub fn dialect(&self) -> Dialect {
        match self {
            Source::Script(script) => script.dialect,
            Source::Upstream(upstream) => upstream.dialect(),
        }
    }

    /// The key that a program has to send.
    pub fn subject_key(&self) -> &str {
        match self {
            Source::Script(script) => script.dialect.simulated_key(),
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
