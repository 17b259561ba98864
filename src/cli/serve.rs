//! `probe serve`: the simulator alone.

use super::options::{StreamOptions, WireOptions, needing};
use super::session::Session;
use super::whole::whole;
use super::{Exit, put};
use crate::run::{PassedOn, Refusal};
use crate::sampler::raise_file_limit;
use crate::scenario::{Pace, Scenario, Speed, StreamSpec, Tempo};
use crate::simulator::{
    ApiKey, Authority, Cassette, Conduct, Credentials, Script, Simulator, SimulatorConfig, Source, Upstream,
};
use clap::Args;
use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Options of `probe serve`.
#[derive(Args, Debug)]
pub struct ServeOptions {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = whole(0..=u16::MAX))]
    pub port: u16,
    /// What streams hold.
    #[command(flatten)]
    pub stream: StreamOptions,
    /// How it is sent.
    #[command(flatten)]
    pub wire: WireOptions,
    /// Tell the stream that was recorded in FILE: a cassette, or a capture of curl -N
    #[arg(long, value_name = "FILE", conflicts_with_all = ["chars", "delta_chars", "shape", "seed"])]
    pub cassette: Option<PathBuf>,
    /// How many times as fast as recorded
    #[arg(long, value_name = "TIMES", requires = "cassette", conflicts_with = "pace")]
    pub speed: Option<Speed>,
    /// Pass requests on to the API at URL, with the key in ANTHROPIC_API_KEY or the token in ANTHROPIC_AUTH_TOKEN; what that costs is yours to pay
    #[arg(long, value_name = "URL", conflicts_with_all = ["cassette", "chars", "delta_chars", "shape", "seed", "pace"])]
    pub upstream: Option<String>,
    /// Write the first stream that completes to FILE, as a cassette
    #[arg(long, value_name = "FILE", requires = "upstream")]
    pub record: Option<PathBuf>,
    /// Time in which a stream gets its text: real (80 tokens/s after the first second), or such as 8s [default: real, or as recorded]
    #[arg(long, value_name = "real|SECONDS")]
    pub pace: Option<Pace>,
    /// Encrypt the connections
    #[arg(long)]
    pub tls: bool,
    /// Seed of delta sizes and text
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = whole(0..=u64::MAX))]
    pub seed: u64,
}

/// Serves until Ctrl-C, or a polite kill.
pub fn run(options: &ServeOptions) -> Exit {
    needing(&[
        (options.record.is_some(), "--record", options.upstream.is_some(), "--upstream URL"),
        (options.speed.is_some(), "--speed", options.cassette.is_some(), "--cassette FILE"),
    ])?;
    let [stream] = &options.stream.specs()[..] else {
        return Err("--chars: streams of one length are served; name one number".into());
    };
    // As many connections as the system allows.
    let _ = raise_file_limit(0, 1, 0);
    let host = Ipv4Addr::LOCALHOST;
    let source = source(options, stream)?;
    let authority = options.tls.then(|| Authority::new(&[host.into()])).transpose()?.map(Arc::new);
    let session = Session::begin()?;
    let (passed_on, first_refusal) = session.run(async {
        let simulator = Simulator::start(SimulatorConfig {
            listen: vec![SocketAddr::from((host, options.port))],
            source: source.clone(),
            pace: options.pace.unwrap_or(Pace::Real),
            conduct: Conduct::Free,
            http: None,
            http2_streams: options.wire.http2_streams.unwrap_or(Scenario::HTTP2_STREAMS),
            compression: options.wire.compression(),
            authority: authority.clone(),
        })?;
        tokio::select! {
            // Asked first, so that whoever is told of the server can already stop it without anything being left behind.
            biased;
            () = session.stop.asked() => {}
            Err(error) = be_there(&simulator, &source, authority.as_deref()) => return Err(error),
        }
        Ok::<_, Box<dyn Error>>((simulator.passed_on(), simulator.first_refusal()))
    })?;
    match (passed_on, &source) {
        (Some(passed_on), Source::Upstream(upstream)) => put(&leave_taking(&passed_on, upstream, options))?,
        (_, Source::Upstream(_) | Source::Script(_)) => {
            if let Some(refusal) = first_refusal {
                put(&refused_first(&refusal))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Where the text comes from: a real API, a cassette, or nowhere but here.
fn source(options: &ServeOptions, stream: &StreamSpec) -> Result<Source, Box<dyn Error>> {
    if let Some(url) = &options.upstream {
        return Ok(Upstream::new(url, Credentials::of_environment()?, options.record.as_deref())?.into());
    }
    let Some(file) = &options.cassette else {
        return Ok(Script::new(stream, options.seed).into());
    };
    Ok(Cassette::read(file)?.script(Tempo::of(options.speed, options.pace.is_some()))?.into())
}

/// Says how to point a program here, and stays. The authority's certificate lies where programs find it for as long.
async fn be_there(
    simulator: &Simulator,
    source: &Source,
    authority: Option<&Authority>,
) -> Result<Infallible, Box<dyn Error>> {
    let folder = env::temp_dir();
    let cannot_write =
        |error| format!("cannot write a certificate in {}: {error}; name another folder in TMPDIR", folder.display());
    let file = authority.map(|authority| authority.certificate_file(&folder)).transpose().map_err(cannot_write)?;
    let mut greeting = greeting(simulator, source);
    if let Some(file) = &file {
        greeting += &format!("  export SSL_CERT_FILE={0} NODE_EXTRA_CA_CERTS={0}\n", file.display());
    }
    put(&greeting)?;
    pending().await
}

/// How to point a program here.
fn greeting(simulator: &Simulator, source: &Source) -> String {
    let mut lines = Vec::new();
    for url in simulator.base_urls() {
        lines.push(match source {
            Source::Script(_) => format!("A simulated Claude API serves on {url} until Ctrl-C. Point an SDK at it:\n"),
            Source::Upstream(upstream) => format!(
                "What is asked of {url} is passed on to {} until Ctrl-C, and paid for. Point an SDK at it:\n",
                upstream.base_url()
            ),
        });
        lines.push(format!("  export {}={url}", source.dialect().variables().base_url));
    }
    lines.push(format!("  export {}={}\n", ApiKey::VARIABLE, simulator.subject_key()));
    lines.join("\n")
}

fn refused_first(refusal: &Refusal) -> String {
    format!("Refused first: {refusal}\n")
}

/// What was passed on, and whether it was recorded.
fn leave_taking(passed_on: &PassedOn, upstream: &Upstream, options: &ServeOptions) -> String {
    let PassedOn { streams, input_tokens, output_tokens, first_refusal, trouble, .. } = passed_on;
    let mut text = format!("\nPassed on: {streams} streams, {input_tokens} input and {output_tokens} output tokens.\n");
    if let Some(refusal) = first_refusal {
        text += &refused_first(refusal);
    }
    if let Some(trouble) = trouble {
        text += &format!("Trouble first: {trouble}\n");
    }
    match &options.record {
        Some(file) if upstream.is_recorded() => text += &format!("Recorded: {}\n", file.display()),
        Some(file) => text += &format!("Nothing recorded in {}: no stream came to its end.\n", file.display()),
        None => {}
    }
    text
}
