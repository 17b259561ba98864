//! What options and their values are called. Lower floors name the quantity that is wrong; the option that sets it is known here.

use crate::experiment::{LineError, ProverError, SetupError};
use crate::simulator::{CassetteError, NoTimes, NotAKey, SimulatorError, UpstreamError};
use crate::store::StoreError;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use std::error::Error;

/// One of a closed list, by its name; what each means stands in the long help.
pub fn one_of<T: Copy + Send + Sync + 'static, const N: usize>(
    all: [T; N],
    name: fn(T) -> &'static str,
    meaning: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    let values = all.map(|value| PossibleValue::new(name(value)).help(meaning(value)));
    PossibleValuesParser::new(values).try_map(move |text| {
        all.into_iter().find(|value| name(*value) == text).ok_or_else(|| format!("there is no {text}"))
    })
}

/// The option that sets what an error is about, where it is one.
pub fn option_of(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let of_setup = |error: &SetupError| match error {
        SetupError::NoTimes(_) => Some("--speed"),
        SetupError::Key(_) => Some("--upstream"),
        SetupError::Cassette(_) => Some("--cassette"),
        SetupError::Taken { .. } => Some("--drive"),
        SetupError::Prompts { .. } => Some("--prompt-chars"),
        SetupError::Files(_)
        | SetupError::Authority(_)
        | SetupError::Folder { .. }
        | SetupError::Programs(_)
        | SetupError::NotLinux => None,
    };
    let of_simulator = |error: &SimulatorError| match error {
        SimulatorError::Bind { .. } => Some("--port"),
        SimulatorError::Authority(_) => None,
    };
    None.or_else(|| error.downcast_ref().and_then(of_store))
        .or_else(|| error.downcast_ref().and_then(of_upstream))
        .or_else(|| error.downcast_ref().and_then(of_setup))
        .or_else(|| error.downcast_ref().and_then(of_simulator))
        .or_else(|| error.downcast_ref().map(|_: &NotAKey| "--upstream"))
        .or_else(|| error.downcast_ref().map(|_: &NoTimes| "--speed"))
        .or_else(|| error.downcast_ref().map(|_: &CassetteError| "--cassette"))
        .or_else(|| error.downcast_ref().and_then(of_prover))
}

fn of_store(error: &StoreError) -> Option<&'static str> {
    match error {
        StoreError::Create { .. } | StoreError::NoRoom { .. } | StoreError::NotOurs { .. } => Some("--out"),
        _ => None,
    }
}

fn of_upstream(error: &UpstreamError) -> Option<&'static str> {
    match error {
        UpstreamError::NotAUrl(_) | UpstreamError::Open(_) => Some("--upstream"),
        UpstreamError::NoFolder(_) => Some("--record"),
        UpstreamError::Client(_) => None,
    }
}

fn of_prover(error: &ProverError) -> Option<&'static str> {
    match error {
        ProverError::Prove(_) | ProverError::TooFew { .. } => Some("--limit"),
        ProverError::Store(error) | ProverError::NoLine(LineError::Store(error)) => of_store(error),
        ProverError::NoLine(LineError::Setup(error)) => option_of(error),
        ProverError::NoLine(LineError::Measure(_) | LineError::Analysis(_)) | ProverError::Publish(_) => None,
    }
}
