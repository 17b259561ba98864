//! `probe serve`: the simulator alone.

use super::Outcome;
use super::options::ServeOptions;
use crate::sampler::raise_file_limit;
use crate::scenario::{Pace, StreamSpec, Tempo};
use crate::simulator::{Authority, Cassette, Conduct, Script, Simulator, SimulatorConfig};
use anstream::println;
use std::net::{Ipv4Addr, SocketAddr};
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
    let authority = options.tls.then(|| Authority::new(&[host.into()])).transpose()?.map(Arc::new);
    let authority_file = match &authority {
        None => None,
        Some(authority) => {
            let file = std::env::temp_dir().join(format!("probe-authority-{}.pem", std::process::id()));
            std::fs::write(&file, &authority.certificate_pem)
                .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
            Some(file)
        }
    };
    let script = script(options, stream)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let simulator = Simulator::start(SimulatorConfig {
            listen: vec![SocketAddr::from((host, options.port))],
            source: script.into(),
            pace: options.pace.unwrap_or(Pace::Real),
            conduct: Conduct::Free,
            http: None,
            authority,
        })?;
        for url in simulator.base_urls() {
            println!("A simulated Claude API serves on {url} until Ctrl-C. Point an SDK at it:\n");
            println!("  export ANTHROPIC_BASE_URL={url}");
        }
        println!("  export ANTHROPIC_API_KEY=simulated");
        if let Some(file) = &authority_file {
            println!("  export SSL_CERT_FILE={0} NODE_EXTRA_CA_CERTS={0}", file.display());
        }
        tokio::signal::ctrl_c().await?;
        Ok::<(), Box<dyn std::error::Error>>(())
    })?;
    if let Some(file) = authority_file {
        let _ = std::fs::remove_file(file);
    }
    Ok(ExitCode::SUCCESS)
}

/// What streams say: what a cassette holds, or what is made up.
fn script(options: &ServeOptions, stream: &StreamSpec) -> Result<Script, Box<dyn std::error::Error>> {
    let Some(file) = &options.cassette else {
        return Ok(Script::new(stream, options.seed));
    };
    let tempo = match (options.speed, options.pace) {
        (Some(speed), _) => Tempo::Recorded(speed),
        (None, Some(_)) => Tempo::Even,
        (None, None) => Tempo::Own,
    };
    Ok(Cassette::read(file)?.script(tempo)?)
}
