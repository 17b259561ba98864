//! The options of a measurement, as typed, and the scenario they make.

use super::sharpness::{SharpnessOptions, WHAT};
use super::whole::whole;
use super::words::one_of;
use crate::foreign;
use crate::http;
use crate::scenario::{
    Client, Drive, Ending, Flush, Header, Http, Ladder, Mode, Origin, OwnProgram, Pace, Scenario, Secret, Series,
    Shape, Speed, Stack, StreamSpec, Tempo, checked_name,
};
use crate::units::{Bytes, grouped};
use crate::wire::dialect::Dialect;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Commands for what is asked most, under the options in `--help`.
pub const EXAMPLES: &str = "\
Examples:
  what does one more retained stream cost me?
      probe --streams 24 --retain
  retain and drop, side by side
      probe --streams 24
  a ladder of your own; one growing string a stream
      probe --streams 1,8,24 --retain=text
  how many streams fit into my container?
      probe --streams 24 --retain --limit 512MiB
  any program that reads ANTHROPIC_BASE_URL and PROBE_STREAMS
      probe --streams 24 --retain -- node app.mjs
  the same streams through several clients, side by side
      probe --client reqwest,node-sdk,python-sdk
  a server: each request that it gets opens a stream
      probe --drive http://127.0.0.1:3000/chat -- node server.js
  base, open stream and kept text apart
      probe --chars 15000,60000 --client node-sdk
  what does each stream keep of its prompt?
      probe --prompt-chars 0,360000 --client python-sdk
  a recorded stream, replayed: a cassette, or a capture of curl -N
      probe --cassette recorded.sse --retain
  the real API behind; says what it may cost, and stops without --yes
      probe --upstream https://api.anthropic.com --record a.sse --streams 1,4
  predict the number of streams that a limit kills, then watch
      probe prove --limit 64MiB --retain
  streams, memory, limits, replicas: a capacity plan
      probe plan plan.toml --cost output/latest
  render an old run again
      probe report output/latest
  the simulator alone, for your own program
      probe serve --port 8080";

/// The headings under which `--help` lists the options of a measurement.
const TEXT: &str = "What streams hold, and how it comes";
const API: &str = "The real API behind";
const SERVER: &str = "A server under measurement";
const HOW: &str = "What else is read, and how subjects run";
const ANSWER: &str = "The answer";

/// What is meant by an option whose value stands apart from it, where it may have none.
pub fn hint(words: &[String]) -> Option<String> {
    let apart = words.windows(2).find(|pair| pair[0] == "--retain" && Retain::from_str(&pair[1], true).is_ok())?;
    Some(format!("probe: write --retain={}", apart[1]))
}

/// How text is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Retain {
    /// Every delta as a string of its own in an array
    Chunks,
    /// One growing string
    Text,
    /// Every parsed event whole
    Events,
}

/// What streams hold.
#[derive(Args, Debug)]
pub struct StreamOptions {
    /// Characters of text a stream; to measure, several lengths for a second axis, such as 15000,60000 [default: 60000, and 1200 with
    /// --shape chat]
    #[arg(help_heading = TEXT, long, value_delimiter = ',', value_name = "N|N,N,..", value_parser = whole(1..=100_000_000_u32))]
    pub chars: Vec<u32>,
    /// Characters in every delta, instead of the recorded distribution
    #[arg(help_heading = TEXT, long, value_name = "N", value_parser = whole(1..=1_000_000_u32))]
    pub delta_chars: Option<u32>,
    /// What a stream is made of
    #[arg(help_heading = TEXT, long, default_value = Shape::LongForm.name(), value_parser = one_of(Shape::ALL, Shape::name, Shape::meaning))]
    pub shape: Shape,
}

impl StreamOptions {
    /// As the scenario and the simulator take them: by ascending length, at least one.
    pub fn specs(&self) -> Vec<StreamSpec> {
        let mut lengths = ascending(&self.chars);
        if lengths.is_empty() {
            lengths.push(self.shape.default_chars());
        }
        let spec = |chars| StreamSpec { shape: self.shape, chars, delta_chars: self.delta_chars };
        lengths.into_iter().map(spec).collect()
    }
}

/// How streams are sent.
#[derive(Args, Debug)]
pub struct WireOptions {
    /// When compressed events are sent to clients that take them: each event at once, or, as an intermediary does, once there are so many
    /// bytes of events, such as 16KiB
    #[arg(help_heading = TEXT, long, default_value = "event", value_name = "event|SIZE", conflicts_with = "no_compression")]
    pub flush: Flush,
    /// Compress nothing; a stream is compressed with gzip otherwise where its client takes that, as all SDKs do
    #[arg(help_heading = TEXT, long)]
    pub no_compression: bool,
    /// Streams that a client may have on one connection of HTTP/2 [default: 100, and for the built-in client as many as it opens]
    #[arg(help_heading = TEXT, long, value_name = "N", value_parser = whole(1..=i32::MAX as u32))]
    pub http2_streams: Option<u32>,
}

impl WireOptions {
    /// As the scenario and the simulator take them.
    pub fn compression(&self) -> Option<Flush> {
        (!self.no_compression).then_some(self.flush)
    }
}

/// Each once.
fn ascending<T: Ord + Copy>(all: &[T]) -> Vec<T> {
    let mut all = all.to_vec();
    all.sort_unstable();
    all.dedup();
    all
}

/// Options of a measurement.
#[derive(Args, Debug)]
pub struct MeasureOptions {
    /// How many streams, and how sharp the answer is to be.
    #[command(flatten)]
    pub sharpness: SharpnessOptions,
    /// Clients to measure, side by side: probe clients lists them [default: reqwest]
    #[arg(help_heading = WHAT, long, value_name = "NAME,..", value_parser = clients, conflicts_with = "ballast")]
    pub client: Vec<Clients>,
    /// Another program of your own beside the others, as one text: its command, as a shell reads it
    #[arg(help_heading = WHAT, long, value_name = "COMMAND", value_parser = program_of_line, conflicts_with_all = ["drive", "ballast"])]
    pub also: Vec<OwnProgram>,
    /// Measure a client that keeps its text: in chunks (default), as one text, or as whole events; other clients than the built-in one keep
    /// it in their own way
    #[arg(help_heading = WHAT, long, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "chunks")]
    pub retain: Option<Retain>,
    /// Measure a client that processes its text and drops it; with neither this nor --retain, both are measured
    #[arg(help_heading = WHAT, long)]
    pub drop: bool,
    /// Seed of trial order, delta sizes and text
    #[arg(help_heading = WHAT, long, default_value_t = Scenario::SEED, value_name = "N", value_parser = whole(0..=u64::MAX))]
    pub seed: u64,
    /// What streams hold.
    #[command(flatten)]
    pub stream: StreamOptions,
    /// How they are sent.
    #[command(flatten)]
    pub wire: WireOptions,
    /// HTTP version
    #[arg(help_heading = TEXT, long, default_value = Http::One.digit(), value_parser = one_of(Http::ALL, Http::digit, Http::meaning))]
    pub http: Http,
    /// Encrypt the connections
    #[arg(help_heading = TEXT, long)]
    pub tls: bool,
    /// Time in which a stream gets its text: real (80 tokens/s after the first second), or such as 8s
    /// [default: 5s, or as recorded with --cassette]
    #[arg(help_heading = TEXT, long, value_name = "real|SECONDS")]
    pub pace: Option<Pace>,
    /// Characters of a prompt of its own that each request has, 0 for the program's; several sizes for what is kept of prompts, such as
    /// 0,360000, measured with the longest --chars. Programs are told PROBE_PROMPT_CHARS; users of --drive put it in the place of {prompt}
    #[arg(help_heading = TEXT, long, value_delimiter = ',', value_name = "N|N,N,..", value_parser = prompt_chars, conflicts_with = "upstream")]
    pub prompt_chars: Vec<u32>,
    /// Replay the stream that was recorded in FILE, N times, instead of making one up: a cassette, or a capture of curl -N
    #[arg(help_heading = TEXT, long, value_name = "FILE", conflicts_with_all = ["chars", "delta_chars", "shape"])]
    pub cassette: Option<PathBuf>,
    /// How many times as fast as recorded
    #[arg(help_heading = TEXT, long, value_name = "TIMES", requires = "cassette", conflicts_with = "pace")]
    pub speed: Option<Speed>,
    /// Pass the streams on to the real API at URL, with the key in ANTHROPIC_API_KEY or the token in ANTHROPIC_AUTH_TOKEN, which subjects never see; what that costs is yours
    /// to pay. --chars is then a limit, at 4 characters a token
    #[arg(help_heading = API, long, value_name = "URL", conflicts_with_all = ["cassette", "pace", "delta_chars", "shape", "slow_reader", "ballast"])]
    pub upstream: Option<String>,
    /// Go on although --upstream costs money
    #[arg(help_heading = API, long, requires = "upstream")]
    pub yes: bool,
    /// Write the first stream that completes to FILE, as a cassette
    #[arg(help_heading = API, long, value_name = "FILE", requires = "upstream")]
    pub record: Option<PathBuf>,
    /// The model that subjects are told to ask for
    #[arg(help_heading = TEXT, long, default_value = Dialect::DEFAULT.model(), value_name = "NAME")]
    pub model: String,
    /// The subject is a server: send it this request once for each stream, and read each answer to its end
    #[arg(help_heading = SERVER, long, value_name = "URL", requires = "command", value_parser = served_here)]
    pub drive: Option<String>,
    /// HTTP method of --drive
    #[arg(help_heading = SERVER, long, default_value = "POST", value_name = "METHOD", requires = "drive")]
    pub drive_method: String,
    /// Body of --drive, sent as JSON. An n in braces, here and in its URL, is the number of the user, from 1; {prompt} the prompt of
    /// --prompt-chars
    #[arg(help_heading = SERVER, long, value_name = "TEXT", requires = "drive")]
    pub drive_body: Option<String>,
    /// Header of --drive, such as 'authorization: Bearer TOKEN'; may be given again, and what it says is in no file
    #[arg(help_heading = SERVER, long, value_name = "NAME: VALUE", requires = "drive")]
    pub drive_header: Vec<String>,
    /// Make subjects fall behind: the built-in client does not read its text, others are sent theirs as fast as sockets take it, and users of
    /// --drive take the head of their answer and read no further
    #[arg(help_heading = TEXT, long, conflicts_with = "speed")]
    pub slow_reader: bool,
    /// Open and end all streams so many times in the same process: what stays after each wave is a leak, what stays once is the allocator's
    #[arg(help_heading = HOW, long, default_value_t = 1, value_name = "K", value_parser = whole(1..=1000_u32), conflicts_with_all = ["slow_reader", "upstream"])]
    pub waves: u32,
    /// Have the users of --drive hang up in the middle of their answers, in every wave but the first: what stays is a leak of broken answers
    #[arg(help_heading = SERVER, long, requires_all = ["drive", "waves"])]
    pub hang_up: bool,
    /// How streams come to their ends, together or apart; with both, separated by a comma, trials of both are made
    #[arg(help_heading = HOW, long, default_value = Ending::Together.name(), value_name = "HOW,..", value_delimiter = ',', value_parser = one_of(Ending::ALL, Ending::name, Ending::meaning), conflicts_with_all = ["slow_reader", "upstream"])]
    pub ends: Vec<Ending>,
    /// Seconds that the first stream may take, whatever the program does until then [default: 30, and 10 in which it does nothing]
    #[arg(help_heading = HOW, long, value_name = "SECONDS", value_parser = whole(1..=86_400_u32))]
    pub start_within: Option<u32>,
    /// Ask subjects to collect their garbage on the full plateau, and measure once more
    #[arg(help_heading = HOW, long)]
    pub collect: bool,
    /// A container's memory limit to compare with, such as 512MiB
    #[arg(help_heading = HOW, long, value_name = "SIZE", value_parser = limit)]
    pub limit: Option<Bytes>,
    /// Folder for run folders
    #[arg(help_heading = ANSWER, long, default_value = "output", value_name = "DIR")]
    pub out: PathBuf,
    /// Take no heap profile, and look into no runtime's heap
    #[arg(help_heading = HOW, long)]
    pub no_heap: bool,
    /// Run subjects with randomised addresses, as in production: what is resident of their code then differs by some 100 KiB
    #[arg(help_heading = HOW, long)]
    pub random_addresses: bool,
    /// Exit with 1 when there is a doubt about the answer
    #[arg(help_heading = ANSWER, long)]
    pub strict: bool,
    /// Show no progress
    #[arg(help_heading = ANSWER, long)]
    pub quiet: bool,
    /// Print cost.json instead of the table
    #[arg(help_heading = ANSWER, long)]
    pub json: bool,
    /// Measure the subject of known cost instead: it keeps SIZE a stream, written to unless ',untouched' is added
    #[arg(long, hide = true, value_name = "SIZE[,untouched]", value_parser = ballast)]
    pub ballast: Option<Client>,
    /// What the program behind -- is called in tables, charts and the names of files [default: its file and its script, such as node
    /// app.mjs]
    #[arg(long, value_name = "NAME", requires = "command", value_parser = checked_name)]
    pub name: Option<String>,
    /// The program to measure and its arguments; probes/README.md says what it is told
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// An option that another one needs, where both are told: is it there, its name, is the other there, its name. The parser sees to it too,
/// but not where something is given that the other does not go with.
pub fn needing(pairs: &[(bool, &str, bool, &str)]) -> Result<(), String> {
    match pairs.iter().find(|(is_there, _, needed_is_there, _)| *is_there && !needed_is_there) {
        Some((_, option, _, needed)) => Err(format!("{option} needs {needed}: add it, or leave {option} out")),
        None => Ok(()),
    }
}

/// Where nobody reads, text is sent as fast as sockets take it.
const AT_ONCE: Pace = Pace::Seconds(0.1);

impl MeasureOptions {
    /// The scenario that these options ask for.
    pub fn scenario(&self) -> Scenario {
        let scenario = Scenario {
            streams: self.stream.specs(),
            prompt_chars: ascending(&self.prompt_chars),
            origin: self.origin(),
            model: self.model.clone(),
            http: self.http,
            http2_streams: self.wire.http2_streams,
            compression: self.wire.compression(),
            tls: self.tls,
            pace: self.pace.unwrap_or(self.default_pace()),
            slow_reader: self.slow_reader,
            waves: self.waves,
            hang_up: self.hang_up,
            endings: ascending(&self.ends),
            drive: self.drive_of_options(),
            start_within: self.start_within,
            seed: self.seed,
            random_addresses: self.random_addresses,
            // Profiles take streams of their own, which a real API would have to be paid for.
            heap: !self.no_heap && !self.slow_reader && self.upstream.is_none(),
            collect: self.collect,
            limit: self.limit,
            ..Scenario::new(self.series(), Ladder::default())
        };
        self.sharpness.of(scenario)
    }

    fn drive_of_options(&self) -> Option<Drive> {
        Some(Drive {
            url: self.drive.clone()?,
            method: self.drive_method.to_uppercase(),
            body: self.drive_body.clone(),
            headers: self.drive_header.iter().filter_map(|text| header(text)).collect(),
        })
    }

    /// # Errors
    /// When an option lacks the one that it is about.
    pub fn check(&self) -> Result<(), String> {
        let (upstream, cassette) = (self.upstream.is_some(), self.cassette.is_some());
        let command = !self.command.is_empty();
        // What it says is not repeated: it may be a token.
        if let Some(place) = self.drive_header.iter().position(|text| header(text).is_none()) {
            let number = place + 1;
            return Err(format!("--drive-header {number} is no header: write 'Name: value'"));
        }
        if let Some(drive) =
            self.drive_of_options().filter(|drive| !self.prompt_chars.is_empty() && !drive.takes_prompts())
        {
            let body = drive.body.map_or("", |_| ", which has no place for one now");
            return Err(format!(
                "--prompt-chars needs {{prompt}} in --drive-body{body}: write the request as your users send it, such as \
                 --drive-body '{{\"question\":\"{{prompt}}\"}}'"
            ));
        }
        needing(&[
            (self.record.is_some(), "--record", upstream, "--upstream URL"),
            (self.yes, "--yes", upstream, "--upstream URL"),
            (self.speed.is_some(), "--speed", cassette, "--cassette FILE"),
            (self.drive.is_some(), "--drive", command, "a server's command behind --"),
            (self.hang_up, "--hang-up", self.drive.is_some(), "--drive URL"),
            (self.hang_up, "--hang-up", self.waves > 1, "--waves 2 or more"),
            (self.name.is_some(), "--name", command, "a command behind --"),
        ])
    }

    fn default_pace(&self) -> Pace {
        match (self.slow_reader, &self.upstream) {
            (true, _) => AT_ONCE,
            (false, Some(_)) => Pace::Real,
            (false, None) => Scenario::PACE,
        }
    }

    fn origin(&self) -> Origin {
        if let Some(url) = &self.upstream {
            return Origin::Upstream { url: url.clone() };
        }
        // Who is to fall behind is sent everything at once, without the recording's silences.
        let tempo = Tempo::of(self.speed, self.pace.is_some() || self.slow_reader);
        self.cassette.as_ref().map_or(Origin::Simulated, |file| Origin::Cassette { file: file.clone(), tempo })
    }

    /// Every client in every mode.
    fn series(&self) -> Vec<Series> {
        let mut clients: Vec<Client> = self.client.iter().flat_map(|list| list.0.clone()).collect();
        clients.extend(self.ballast.clone());
        let own = (!self.command.is_empty()).then(|| OwnProgram::new(self.command.clone(), self.name.clone()));
        for program in own.into_iter().chain(self.also.iter().cloned()) {
            let taken = |name: &str| clients.iter().any(|other| other.name() == name);
            clients.push(Client::Command(program.called_otherwise_than(taken)));
        }
        if clients.is_empty() {
            clients.push(Client::Reqwest);
        }
        let modes = self.modes();
        let of_client = |client: Client| {
            let one = move |mode: &Mode| Series { mode: client.mode(*mode), client: client.clone() };
            modes.iter().map(one).collect::<Vec<_>>()
        };
        let mut series: Vec<Series> = Vec::new();
        for one in clients.into_iter().flat_map(of_client) {
            if !series.contains(&one) {
                series.push(one);
            }
        }
        series
    }

    fn modes(&self) -> Vec<Mode> {
        let retain = self.retain.map(|how| match how {
            Retain::Chunks => Mode::RetainChunks,
            Retain::Text => Mode::RetainText,
            Retain::Events => Mode::RetainEvents,
        });
        // Ballast keeps what it is told to, whatever the mode.
        let both = retain.is_none() && !self.drop && self.ballast.is_none();
        let retain = retain.or(both.then_some(Mode::RetainChunks));
        let drop = (self.drop || both || retain.is_none()).then_some(Mode::Drop);
        retain.into_iter().chain(drop).collect()
    }
}

fn program_of_line(line: &str) -> Result<OwnProgram, String> {
    OwnProgram::of_line(line).ok_or_else(|| "write a command, such as 'node my-batch.mjs'".to_owned())
}

/// The clients that one option names.
#[derive(Clone, Debug)]
pub struct Clients(Vec<Client>);

/// Reads the list as a whole, so that all names that are wrong are told at once.
fn clients(text: &str) -> Result<Clients, String> {
    let unknown: Vec<&str> = text.split(',').filter(|name| client(name).is_none()).collect();
    if unknown.is_empty() {
        return Ok(Clients(text.split(',').filter_map(client).collect()));
    }
    let names: Vec<&str> = Stack::ALL.into_iter().map(Stack::name).collect();
    Err(format!(
        "no client is called {}: choose one of reqwest, {}, or name a program of your own behind --",
        foreign::quotable(&unknown.join(" or ")),
        names.join(", ")
    ))
}

fn client(name: &str) -> Option<Client> {
    if name == Client::Reqwest.name() {
        return Some(Client::Reqwest);
    }
    Stack::ALL.into_iter().find(|stack| stack.name() == name).map(Client::Stack)
}

/// Where a server under measurement listens. It is started here and sent load, which nobody else's server is to get by a slip.
fn served_here(text: &str) -> Result<String, String> {
    let no_address = || Err("write a whole address, such as http://127.0.0.1:3000/chat".to_owned());
    match reqwest::Url::parse(text) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") || !url.has_host() => no_address(),
        Ok(url) if !http::is_loopback(&url) => Err(
            "the server is the command behind --, which runs on this machine: write http://127.0.0.1 or http://localhost, its port and path"
                .to_owned(),
        ),
        Ok(url) if url.scheme() == "https" => Err(
            "users here trust no certificate: let the server listen without TLS too, and write its http:// address".to_owned(),
        ),
        Ok(_) => Ok(text.to_owned()),
        Err(_) => no_address(),
    }
}

/// A header of HTTP; `None` where it is none.
fn header(text: &str) -> Option<Header> {
    let (name, value) = text.split_once(':')?;
    let (name, value) = (name.trim(), value.trim());
    name.parse::<reqwest::header::HeaderName>().ok()?;
    value.parse::<reqwest::header::HeaderValue>().ok()?;
    Some(Header { name: name.to_owned(), value: Secret::new(value.to_owned()) })
}

fn ballast(text: &str) -> Result<Client, String> {
    let (size, touched) = match text.split_once(',') {
        None => (text, true),
        Some((size, "untouched")) => (size, false),
        Some(_) => return Err("write a size, or a size and ',untouched'".to_owned()),
    };
    let bytes = size.parse().map_err(|error: crate::units::NotASize| error.to_string())?;
    Ok(Client::Ballast { bytes, touched })
}

/// None, or one that is long enough to be told from what programs ask by themselves.
fn prompt_chars(text: &str) -> Result<u32, String> {
    let (fewest, most) = (Scenario::FEWEST_PROMPT_CHARS, Scenario::MOST_PROMPT_CHARS);
    let number = text.trim().parse().ok().filter(|chars| *chars == 0 || (fewest..=most).contains(chars));
    number.ok_or_else(|| {
        let (fewest, most) = (grouped(fewest.into()), grouped(most.into()));
        format!("write 0 for no prompt, or a whole number from {fewest} to {most}, in digits alone, such as 0,360000")
    })
}

fn limit(text: &str) -> Result<Bytes, String> {
    let bytes: Bytes = text.parse().map_err(|error: crate::units::NotASize| error.to_string())?;
    bytes.as_limit().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::verbs::Options;
    use super::*;
    use clap::Parser;

    #[test]
    fn programs_of_ones_own_beside_a_client() {
        let line = [
            "probe",
            "--retain",
            "--client",
            "curl",
            "--also",
            "node 'b c.mjs' x",
            "--also",
            "node a.mjs",
            "--",
            "node",
            "a.mjs",
        ];
        let scenario = Options::try_parse_from(line).unwrap().measure.scenario();
        let names: Vec<&str> = scenario.series.iter().map(|series| series.client.name()).collect();
        assert_eq!(names, ["curl", "node a.mjs", "node", "node a.mjs 2"]);
        let Client::Command(also) = &scenario.series[2].client else { panic!("a program of one's own") };
        assert_eq!(also.words(), ["sh", "-c", "exec node 'b c.mjs' x"]);
        assert!(Options::try_parse_from(["probe", "--also", " "]).is_err());
    }
}
