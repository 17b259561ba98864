//! What the machine has room for: open files, ports, and prompts.

use super::setup_error::SetupError;
use crate::sampler::{FileLimitError, ephemeral_ports, raise_file_limit};
use crate::scenario::{Client, Http, Scenario};
use crate::units::Bytes;
use std::net::{Ipv4Addr, SocketAddr};

/// Files of the harness that are no streams: standard streams, logs, `/proc` files, the runtime's own.
const SPARE_FILES: u64 = 64;

/// Raises the limit of open files as far as the scenario needs it, and says how many streams may be open at once, over all trials.
///
/// # Errors
/// When the machine cannot hold the largest number of streams.
pub fn streams_at_once(scenario: &Scenario) -> Result<u32, FileLimitError> {
    let files_a_stream = files_a_stream(scenario);
    let files = raise_file_limit(scenario.ladder.top(), files_a_stream, SPARE_FILES)?;
    let streams = files.saturating_sub(SPARE_FILES).checked_div(u64::from(files_a_stream));
    Ok(streams.map_or(u32::MAX, |streams| streams.min(u64::from(u32::MAX)) as u32))
}

/// How often a prompt is in memory while it is sent: the string, the request's body, what the connection holds of it, and the simulator's.
const COPIES_OF_PROMPTS: u64 = 4;

/// Whether a machine with so much memory holds the prompts of the largest subject.
///
/// # Errors
/// When they would take more than half of it.
pub fn holds_prompts(scenario: &Scenario, memory_bytes: u64) -> Result<(), SetupError> {
    let (streams, chars) = (scenario.ladder.top(), scenario.prompt(scenario.longest_prompt()));
    let needs = u64::from(streams) * u64::from(chars) * COPIES_OF_PROMPTS;
    let there_is = memory_bytes / 2;
    // Of a machine that does not say how much it has nothing is known.
    if memory_bytes == 0 || needs <= there_is {
        return Ok(());
    }
    Err(SetupError::Prompts { streams, chars, needs: Bytes(needs), there_is: Bytes(there_is) })
}

/// Addresses to listen on for so many streams. One address has as many ports as the kernel hands out; nine tenths of them, because others
/// use some. Programs that are not the built-in client know the first address alone.
pub fn addresses(streams: u32) -> Vec<SocketAddr> {
    let per_address = (ephemeral_ports() / 10 * 9).max(1);
    let addresses = streams.div_ceil(per_address).clamp(1, 250);
    (1..=addresses as u8).map(|host| SocketAddr::from((Ipv4Addr::new(127, 0, 0, host), 0))).collect()
}

/// Connections that the harness has for one stream at the most: the subject's unless streams share it, a user's where it plays the users,
/// and one to a real API (over HTTP/1.1; over HTTP/2 streams share them).
fn files_a_stream(scenario: &Scenario) -> u32 {
    let of_the_subject = !shares_connections(scenario);
    u32::from(of_the_subject) + u32::from(scenario.drive.is_some()) + u32::from(scenario.is_real())
}

/// Whether the streams of a subject share a connection for each address: the built-in client's over HTTP/2 do, of which the simulator
/// takes any number on one. Other programs speak what they like.
fn shares_connections(scenario: &Scenario) -> bool {
    scenario.http == Http::Two && scenario.series.iter().all(|series| series.client == Client::Reqwest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Drive, Ladder, Mode, Origin, OwnProgram, Series};

    fn scenario(client: Client, http: Http) -> Scenario {
        let series = [Client::Reqwest, client].map(|client| Series { client, mode: Mode::Drop });
        Scenario { http, ..Scenario::new(series.to_vec(), Ladder::default()) }
    }

    #[test]
    fn streams_that_share_a_connection_need_no_file_each() {
        let program = || Client::Command(OwnProgram::new(vec!["sh".to_owned()], None));
        assert_eq!(files_a_stream(&scenario(Client::Reqwest, Http::Two)), 0);
        assert_eq!(files_a_stream(&scenario(Client::Reqwest, Http::One)), 1);
        // What a program speaks is its own affair.
        assert_eq!(files_a_stream(&scenario(program(), Http::Two)), 1);
        let url = "http://127.0.0.1:1/".to_owned();
        let drive = Some(Drive { url, method: "POST".to_owned(), body: None, headers: Vec::new() });
        let driven = Scenario { drive, ..scenario(program(), Http::One) };
        assert_eq!(files_a_stream(&driven), 2);
        let origin = Origin::Upstream { url: "https://example.org".to_owned() };
        assert_eq!(files_a_stream(&Scenario { origin, ..scenario(Client::Reqwest, Http::Two) }), 1);
    }
}
