//! `probe serve`: the simulator alone.

use super::Outcome;
use super::options::ServeOptions;
use crate::run::PassedOn;
use crate::sampler::raise_file_limit;
use crate::scenario::{Pace, StreamSpec, Tempo};
use crate::simulator::{ApiKey, Authority, Cassette, Conduct, Script, Simulator, SimulatorConfig, Source, Upstream};
use anstream::println;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Serves until Ctrl-C.
pub fn run(options: &ServeOptions) -> Outcome {
    let [stream] = &options.stream.specs()[..] else {
        return Err("--chars: streams of one length are served; name one number".into());
    };
    // As many connections as the system allows.
    let _ = raise_file_limit(0, 0);
    let host = Ipv4Addr::LOCALHOST;
    let source = source(options, stream)?;
    let authority = options.tls.then(|| Authority::new(&[host.into()])).transpose()?.map(Arc::new);
    let authority_file = authority.as_deref().map(write_authority).transpose()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let passed_on = runtime.block_on(async {
        let simulator = Simulator::start(SimulatorConfig {
            listen: vec![SocketAddr::from((host, options.port))],
            source: source.clone(),
            pace: options.pace.unwrap_or(Pace::Real),
            conduct: Conduct::Free,
            http: None,
            authority,
        })?;
        greet(&simulator, &source);
        if let Some(file) = &authority_file {
            println!("  export SSL_CERT_FILE={0} NODE_EXTRA_CA_CERTS={0}", file.display());
        }
        tokio::signal::ctrl_c().await?;
        Ok::<_, Box<dyn Error>>(simulator.passed_on())
    })?;
    if let Some(file) = authority_file {
        let _ = std::fs::remove_file(file);
    }
    if let (Some(passed_on), Source::Upstream(upstream)) = (passed_on, &source) {
        take_leave(&passed_on, upstream, options);
    }
    Ok(ExitCode::SUCCESS)
}

/// Where the text comes from: a real API, a cassette, or nowhere but here.
fn source(options: &ServeOptions, stream: &StreamSpec) -> Result<Source, Box<dyn Error>> {
    if let Some(url) = &options.upstream {
        return Ok(Upstream::new(url, ApiKey::of_environment()?, options.record.as_deref())?.into());
    }
    let Some(file) = &options.cassette else {
        return Ok(Script::new(stream, options.seed).into());
    };
    let tempo = match (options.speed, options.pace) {
        (Some(speed), _) => Tempo::Recorded(speed),
        (None, Some(_)) => Tempo::Even,
        (None, None) => Tempo::Own,
    };
    Ok(Cassette::read(file)?.script(tempo)?.into())
}

/// Writes the authority's certificate where subjects can find it.
fn write_authority(authority: &Authority) -> Result<PathBuf, String> {
    let file = std::env::temp_dir().join(format!("probe-authority-{}.pem", std::process::id()));
    let written = std::fs::write(&file, &authority.certificate_pem);
    written.map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    Ok(file)
}

/// How to point a program here.
fn greet(simulator: &Simulator, source: &Source) {
    for url in simulator.base_urls() {
        match source {
            Source::Script(_) => println!("A simulated Claude API serves on {url} until Ctrl-C. Point an SDK at it:\n"),
            Source::Upstream(upstream) => println!(
                "What is asked of {url} is passed on to {} until Ctrl-C, and paid for. Point an SDK at it:\n",
                upstream.base_url()
            ),
        }
        println!("  export ANTHROPIC_BASE_URL={url}");
    }
    println!("  export {}={}", ApiKey::VARIABLE, simulator.subject_key());
}

/// What was passed on, and whether it was recorded.
fn take_leave(passed_on: &PassedOn, upstream: &Upstream, options: &ServeOptions) {
    let PassedOn { streams, input_tokens, output_tokens, first_refusal, trouble, .. } = passed_on;
    println!("\nPassed on: {streams} streams, {input_tokens} input and {output_tokens} output tokens.");
    if let Some(refusal) = first_refusal {
        println!("Refused first: {refusal}");
    }
    if let Some(trouble) = trouble {
        println!("Trouble first: {trouble}");
    }
    match &options.record {
        Some(file) if upstream.is_recorded() => println!("Recorded: {}", file.display()),
        Some(file) => println!("Nothing recorded in {}: no stream came to its end.", file.display()),
        None => {}
    }
}
