//! The pictures, from the outside: files that are whole, words that are there, input that is refused.

use stream_probe::report::chart::{
    BentSpec, ChartError, ComparedValue, Comparison, ComparisonRow, CostLine, EstimateBytes, FitMark, Format,
    LimitLines, LineSpec, Outcomes, PhaseSpan, Rank, RssOverTime, SeriesLine, TrialTrace, UsedLimit, Utilisation,
};
use stream_probe::scenario::Held;

const KIB: f64 = 1024.0;
const MIB: f64 = 1024.0 * 1024.0;

/// Base and cost per stream in MiB, as measured with the built-in client.
const BASE: f64 = 5.9;
const RETAIN: f64 = 0.192;
const DROP: f64 = 0.029;
const LADDER: [u32; 5] = [1, 7, 13, 18, 24];

const PHASES: [(&str, f64, f64); 5] =
    [("idle", 0.0, 1.0), ("open", 1.0, 2.0), ("streaming", 2.0, 14.0), ("full", 14.0, 16.0), ("released", 16.0, 18.0)];

/// Noise between -1 and 1, the same in every run.
fn noise(step: usize) -> f64 {
    let mixed = (step as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    mixed as f64 / f64::from(1 << 23) - 1.0
}

fn trace(series_index: usize, streams: u32, cost: f64, points: usize) -> TrialTrace {
    let end = PHASES[4].2;
    let at = |step: usize| {
        let seconds = end * step as f64 / points as f64;
        let share = match seconds {
            s if s < 2.0 => 0.0,
            s if s < 14.0 => (s - 2.0) / 12.0,
            s if s < 16.0 => 1.0,
            _ => 0.2,
        };
        let held = BASE + cost * share * f64::from(streams) + 0.02 * noise(step);
        (seconds, held * MIB)
    };
    TrialTrace { series_index, streams, points: (0..=points).map(at).collect(), full: None }
}

fn rss() -> RssOverTime {
    let series = [RETAIN, DROP].into_iter().enumerate();
    let traces = series.flat_map(|(series, cost)| LADDER.map(|streams| trace(series, streams, cost, 360))).collect();
    let phase = |(name, from, to): (&str, f64, f64)| PhaseSpan { name: name.to_owned(), from, to };
    RssOverTime {
        held: Held::Stream,
        title: "Keeping 24 texts costs 4.6 MiB".to_owned(),
        subtitle: "Built-in client, 60,000 characters a stream".to_owned(),
        traces,
        series: vec!["retain-chunks".to_owned(), "drop".to_owned()],
        phases: PHASES.map(phase).to_vec(),
        limit: Some(limit(512.0)),
        doubts: None,
    }
}

fn limit(mib: f64) -> LimitLines {
    LimitLines { limit_bytes: mib * MIB, seventy_bytes: 0.7 * mib * MIB }
}

fn series(name: &str, cost: f64, ladder: &[f64], spread: f64) -> SeriesLine {
    let value = |streams: f64| (BASE + cost * streams) * MIB;
    let end = ladder.iter().copied().fold(0.0, f64::max);
    let along: Vec<f64> = (0..=20).map(|step| end * f64::from(step) / 20.0).collect();
    let band = along.iter().map(|x| (*x, value(*x) - spread * MIB, value(*x) + spread * MIB));
    let upper = along.iter().map(|x| (*x, value(*x) + 2.0 * spread * MIB));
    let points = (0..ladder.len() * 3).map(|step| {
        let streams = ladder[step / 3];
        (streams, value(streams) + spread * MIB * noise(step))
    });
    SeriesLine {
        name: name.to_owned(),
        hue: 0,
        rank: Rank::Answer,
        points: points.collect(),
        pieces: None,
        line: LineSpec { intercept: BASE * MIB, slope: cost * MIB },
        band: band.collect(),
        prediction_upper: upper.collect(),
        open_line: Some(LineSpec { intercept: BASE * MIB, slope: 0.021 * MIB }),
        label: format!("{name}: {cost} MiB per stream"),
    }
}

fn cost() -> CostLine {
    let ladder = LADDER.map(f64::from);
    CostLine {
        held: Held::Stream,
        title: "One more retained stream costs 0.192 MiB".to_owned(),
        subtitle: "Built-in client, three trials at every number of streams".to_owned(),
        series: vec![series("retain-chunks", RETAIN, &ladder, 0.06), series("drop", DROP, &ladder, 0.05)],
        x_max: 24.0,
        limit: Some(limit(512.0)),
        fits: Some(FitMark { series_index: 0, streams: 1835.6 }),
        outcomes: None,
        remarks: Vec::new(),
        doubts: None,
    }
}

/// Names of clients, what one more stream costs each when its text is retained and when it is dropped, and the base. In MiB.
const CLIENTS: [(&str, f64, f64, f64); 9] = [
    ("reqwest", 0.217, 21.0 / 1024.0, 9.0),
    ("node-sdk", 1.2, 0.64, 87.0),
    ("node-sdk-helper", 0.79, 0.67, 92.0),
    ("node-fetch", 1.5, 1.4, 65.0),
    ("python-sdk", 3.38, 89.0 / 1024.0, 80.0),
    ("python-sdk-helper", 0.40, 0.15, 82.0),
    ("python-httpx", 0.29, 46.0 / 1024.0, 30.0),
    ("python-aiohttp", 0.269, 24.0 / 1024.0, 34.0),
    ("curl", 1.869, 1.40, 9.3),
];

fn estimate(low: f64, value: f64, high: f64) -> EstimateBytes {
    EstimateBytes { value: value * MIB, low: low * MIB, high: high * MIB }
}

fn comparison() -> Comparison {
    let value = |kind: usize, per_stream: f64, base: f64| ComparedValue {
        kind,
        per_stream: estimate(per_stream * 0.97, per_stream, per_stream * 1.03),
        base: estimate(base - 1.0, base, base + 1.0),
        label: if per_stream < 0.1 { format!("{} KiB", per_stream * MIB / KIB) } else { format!("{per_stream} MiB") },
    };
    let row = |(name, retained, dropped, base): (&str, f64, f64, f64)| ComparisonRow {
        name: name.to_owned(),
        values: vec![value(0, retained, base), value(1, dropped, base + 0.5)],
    };
    Comparison {
        title: "One more retained stream costs 0.217 to 3.38 MiB".to_owned(),
        subtitle: "Nine clients, 60,000 characters a stream".to_owned(),
        kinds: vec!["retained".to_owned(), "dropped".to_owned()],
        rows: CLIENTS.map(row).to_vec(),
        doubts: None,
    }
}

/// The sample with one interval that is known badly.
fn comparison_with_a_wild_interval() -> Comparison {
    let mut wild = comparison();
    wild.rows[1].values[0].per_stream = estimate(-4.8, 1.2, 7.3);
    wild
}

/// The texts of an SVG file that is well formed, one a line; fails on one that is not.
fn words(file: Vec<u8>) -> String {
    let file = String::from_utf8(file).expect("SVG is UTF-8");
    let mut open: Vec<&str> = Vec::new();
    let mut words = String::new();
    let mut roots = 0;
    let mut rest = file.as_str();
    while let Some((text, after)) = rest.split_once('<') {
        let text = unescaped(text);
        assert!(!open.is_empty() || text.trim().is_empty(), "text outside");
        words.push_str(text.trim());
        words.push('\n');
        let (tag, after) = after.split_once('>').expect("a tag ends");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "tags nest");
            continue;
        }
        let (name, attributes) = tag.split_once(' ').expect("every tag has attributes");
        roots += usize::from(open.is_empty());
        check_attributes(attributes.trim_end_matches('/'));
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty() && roots == 1);
    words
}

fn check_attributes(attributes: &str) {
    let mut rest = attributes.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").expect("an attribute has a value");
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
        assert!(!name.is_empty() && name.chars().all(is_name), "{name:?}");
        let (value, after) = after.split_once('"').expect("a value ends");
        unescaped(value);
        rest = after.trim_start();
    }
}

fn unescaped(text: &str) -> String {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r') || !c.is_control();
    assert!(text.chars().all(allowed), "{text:?}");
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, after) = part.split_once(';').expect("an entity ends");
        plain.push(match entity {
            "lt" | "#60" => '<',
            "gt" | "#62" => '>',
            "amp" | "#38" => '&',
            "quot" | "#34" => '"',
            "apos" | "#39" => '\'',
            other => panic!("unknown entity {other}"),
        });
        plain.push_str(after);
    }
    plain
}

/// How many dots an SVG file draws.
fn dots(file: &[u8]) -> usize {
    String::from_utf8_lossy(file).matches("<circle").count()
}

fn assert_says(words: &str, expected: &[&str]) {
    for expected in expected {
        assert!(words.contains(expected), "{expected:?} is not in {words}");
    }
}

/// Width and height of a PNG file that is whole.
fn png_size(file: &[u8]) -> (u32, u32) {
    assert_eq!(file[..8], *b"\x89PNG\r\n\x1a\n");
    assert_eq!(file[12..16], *b"IHDR");
    assert_eq!(file[file.len() - 8..file.len() - 4], *b"IEND");
    let number = |at: usize| u32::from_be_bytes([file[at], file[at + 1], file[at + 2], file[at + 3]]);
    (number(16), number(20))
}

#[test]
fn rss_over_time_as_svg() {
    let words = words(rss().draw(Format::Svg).unwrap());
    assert_says(
        &words,
        &[
            "Keeping 24 texts costs 4.6 MiB",
            "60,000 characters",
            "RSS (MiB)",
            "time since the trial began (s)",
            "retain-chunks",
            "drop",
            "light to dark: 1 to 24 streams",
            "idle",
            "open",
            "streaming",
            "full",
            "released",
            "Not drawn, far above this picture: memory limit (512 MiB), 70 % of the limit (358 MiB).",
        ],
    );
    for streams in LADDER {
        let label = streams.to_string();
        let labels = words.lines().filter(|line| **line == label).count();
        assert!(labels >= 2, "a label {label} for each series");
    }
}

#[test]
fn rss_over_time_as_png() {
    let file = rss().draw(Format::Png).unwrap();
    assert_eq!(png_size(&file), (1920, 1200));
}

#[test]
fn cost_line_as_svg() {
    let words = words(cost().draw(Format::Svg).unwrap());
    assert_says(
        &words,
        &[
            "One more retained stream costs 0.192 MiB",
            "memory (MiB)",
            "open streams",
            "residual (KiB)",
            "measured minus fitted",
            "one trial",
            "fitted line",
            "95 % of the line",
            "95 % bound for one run",
            "open streams before any text",
            "0.192 MiB per stream",
            "0.029 MiB per stream",
            "retain-chunks: 1,835 streams fit under 70 % of the limit (358 MiB).",
        ],
    );
}

#[test]
fn cost_line_as_png() {
    let file = cost().draw(Format::Png).unwrap();
    assert_eq!(png_size(&file), (1920, 1520));
}

#[test]
fn comparison_as_svg() {
    let file = comparison().draw(Format::Svg).unwrap();
    assert_eq!(dots(&file), 2 + CLIENTS.len() * 4, "two in the legend, and two numbers for each of two kinds");
    let words = words(file);
    assert_says(
        &words,
        &[
            "One more retained stream costs 0.217 to 3.38 MiB",
            "Nine clients, 60,000 characters a stream",
            "retained",
            "dropped",
            "95 % intervals",
            "one more stream (MiB)",
            "base: no stream open (MiB)",
            "3.38 MiB",
            "21 KiB",
        ],
    );
    for (name, ..) in CLIENTS {
        assert!(words.lines().any(|line| line == name), "{name} is not in {words}");
    }
    assert!(!words.contains("arrowhead"), "nothing is cut off");
}

#[test]
fn comparison_as_png() {
    let file = comparison().draw(Format::Png).unwrap();
    assert_eq!(png_size(&file), (1920, 1246));
}

#[test]
fn a_wild_interval_is_cut_off_and_leaves_the_axes_alone() {
    let tame = words(comparison().draw(Format::Svg).unwrap());
    let wild = words(comparison_with_a_wild_interval().draw(Format::Svg).unwrap());
    let remark = "An arrowhead at the edge of a panel: the interval goes on beyond it.";
    assert_says(&wild, &[remark]);
    let texts = |words: &str| -> Vec<String> {
        words.lines().filter(|line| !line.is_empty() && *line != remark).map(str::to_owned).collect()
    };
    assert_eq!(texts(&wild), texts(&tame));
}

#[test]
fn a_comparison_of_many_clients_is_drawn() {
    let mut many = comparison();
    many.rows = many.rows.iter().cycle().take(20).cloned().collect();
    many.rows[3].values.clear();
    let file = many.draw(Format::Svg).unwrap();
    assert_eq!(dots(&file), 2 + 19 * 4, "the client without values has none");
    assert_eq!(words(file).lines().filter(|line| *line == "node-fetch").count(), 2, "but its name");
}

#[test]
fn values_that_no_axis_reaches_are_told_not_drawn() {
    let mut none = comparison();
    for value in none.rows.iter_mut().flat_map(|row| &mut row.values) {
        value.per_stream = estimate(0.0, 0.0, 0.0);
        value.base = estimate(-2.0, -1.0, -0.5);
    }
    let file = none.draw(Format::Svg).unwrap();
    assert_eq!(dots(&file), 2 + CLIENTS.len() * 2, "only the values at zero");
    assert_says(&words(file), &["arrowhead"]);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for format in [Format::Svg, Format::Png] {
        assert_eq!(rss().draw(format).unwrap(), rss().draw(format).unwrap());
    }
    let twice = [(); 2].map(|()| cost().draw(Format::Svg).unwrap());
    assert_eq!(twice[0], twice[1]);
    let twice = [(); 2].map(|()| comparison().draw(Format::Svg).unwrap());
    assert_eq!(twice[0], twice[1]);
}

#[test]
fn a_near_limit_is_drawn_and_what_fits_is_marked() {
    let mut near = cost();
    near.series = vec![series("drop", DROP, &[100.0, 5_000.0, 10_000.0], 4.0)];
    near.limit = Some(limit(400.0));
    near.fits = Some(FitMark { series_index: 0, streams: 9_400.2 });
    near.x_max = 12_000.0;
    let words = words(near.draw(Format::Svg).unwrap());
    assert_says(
        &words,
        &[
            "memory limit (400 MiB)",
            "70 % of the limit (280 MiB)",
            "9,400 streams fit",
            "10,000",
            "where nothing was measured",
        ],
    );
    assert!(!words.contains("Not drawn"));
}

#[test]
fn an_axis_that_does_not_start_at_zero_says_so() {
    let mut high = rss();
    for (_, bytes) in high.traces.iter_mut().flat_map(|s| &mut s.points) {
        *bytes += 90.0 * MIB;
    }
    let words = words(high.draw(Format::Svg).unwrap());
    assert_says(&words, &["The RSS axis starts at 95 MiB, not at zero."]);
}

#[test]
fn foreign_characters_are_escaped_or_left_out() {
    let mut odd = rss();
    odd.title = "a < b & \"c\" > 'd'\u{1b}[1m\u{0}".to_owned();
    odd.series[0] = "<keep>".to_owned();
    odd.doubts = Some("R² = 0.98 & <falling>".to_owned());
    let words = words(odd.draw(Format::Svg).unwrap());
    assert_says(&words, &["a < b & \"c\" > 'd'[1m", "<keep>", "R² = 0.98 & <falling>"]);
}

#[test]
fn long_texts_are_wrapped_not_cut() {
    let mut long = cost();
    long.title = "many words about one more retained stream ".repeat(8);
    long.series[0].name = "retain-".repeat(12);
    long.series[0].label.clear();
    long.fits = None;
    let words = words(long.draw(Format::Svg).unwrap());
    assert_eq!(words.matches("retained").count(), 8);
    assert_eq!(words.matches("retain-").count(), 12);
    long.title = "endless ".repeat(10_000);
    assert!(matches!(long.draw(Format::Svg), Err(ChartError::TooMuchText)));
    let mut long = comparison();
    long.rows[0].name = "client-".repeat(40);
    long.rows[1].values[1].label = "many words ".repeat(20);
    let words = self::words(long.draw(Format::Svg).unwrap());
    assert_eq!(words.matches("client-").count(), 40);
    assert_eq!(words.matches("many").count(), 20);
    long.rows = vec![long.rows; 12].concat();
    assert!(matches!(long.draw(Format::Svg), Err(ChartError::TooMuchText)));
}

#[test]
fn a_long_trace_is_thinned_but_keeps_its_peak() {
    let mut long = rss();
    long.traces = vec![trace(0, 10_000, RETAIN / 1_000.0, 12_500)];
    long.traces[0].points[7_001].1 = 40.0 * MIB;
    let file = long.draw(Format::Svg).unwrap();
    assert!(file.len() < 100_000, "{} bytes", file.len());
    assert_says(&words(file), &["40", "10,000"]);
}

#[test]
fn one_flat_trial_is_drawn() {
    let mut flat = rss();
    flat.series.truncate(1);
    flat.traces =
        vec![TrialTrace { series_index: 0, streams: 8, points: vec![(0.0, 6.0 * MIB), (1.0, 6.0 * MIB)], full: None }];
    words(flat.draw(Format::Svg).unwrap());
    flat.traces[0].points.truncate(1);
    flat.phases.clear();
    assert_eq!(png_size(&flat.draw(Format::Png).unwrap()).0, 1920);
}

#[test]
fn one_point_without_bounds_is_drawn() {
    let mut one = cost();
    one.series = vec![SeriesLine {
        hue: 0,
        rank: Rank::Answer,
        pieces: None,
        name: "drop".to_owned(),
        points: vec![(0.0, 0.0)],
        line: LineSpec { intercept: 0.0, slope: 0.0 },
        band: Vec::new(),
        prediction_upper: Vec::new(),
        open_line: None,
        label: String::new(),
    }];
    one.x_max = 0.0;
    one.fits = None;
    let words = words(one.draw(Format::Svg).unwrap());
    assert_says(&words, &["fitted line", "0 MiB per stream"]);
    assert!(!words.contains("95 %") && !words.contains("before any text"));
    png_size(&one.draw(Format::Png).unwrap());
}

#[test]
fn nothing_measured_is_an_error() {
    let mut none = rss();
    none.traces.iter_mut().for_each(|s| s.points.clear());
    assert!(matches!(none.draw(Format::Svg), Err(ChartError::Empty)));
    none.traces.clear();
    assert!(matches!(none.draw(Format::Png), Err(ChartError::Empty)));
    let mut none = cost();
    none.series.iter_mut().for_each(|m| m.points.clear());
    assert!(matches!(none.draw(Format::Svg), Err(ChartError::Empty)));
    none.series.clear();
    none.fits = None;
    assert!(matches!(none.draw(Format::Png), Err(ChartError::Empty)));
    let mut none = comparison();
    none.rows.iter_mut().for_each(|row| row.values.clear());
    assert!(matches!(none.draw(Format::Svg), Err(ChartError::Empty)));
    none.rows.clear();
    assert!(matches!(none.draw(Format::Png), Err(ChartError::Empty)));
}

#[test]
fn numbers_that_are_none_are_errors() {
    let spoilt: [fn(&mut CostLine); 6] = [
        |c| c.x_max = f64::NAN,
        |c| c.series[0].points[1].1 = f64::INFINITY,
        |c| c.series[1].line.slope = f64::NAN,
        |c| c.series[0].band[3].2 = f64::INFINITY,
        |c| c.limit = Some(limit(f64::NAN)),
        |c| c.series[0].points[0].0 = f64::MAX,
    ];
    for spoil in spoilt {
        let mut bad = cost();
        spoil(&mut bad);
        let refused = bad.draw(Format::Svg);
        assert!(matches!(refused, Err(ChartError::NotDrawable { .. })));
    }
    let mut bad = rss();
    bad.traces[3].points[5].0 = f64::NAN;
    let refused = bad.draw(Format::Svg).unwrap_err();
    assert_eq!(refused.to_string(), "cannot draw a time of NaN");
    let spoilt: [fn(&mut ComparedValue); 4] = [
        |v| v.per_stream.value = f64::NAN,
        |v| v.per_stream.high = f64::INFINITY,
        |v| v.base.low = f64::NEG_INFINITY,
        |v| v.base.value = f64::MAX,
    ];
    for spoil in spoilt {
        let mut bad = comparison();
        spoil(&mut bad.rows[4].values[1]);
        let refused = bad.draw(Format::Svg);
        assert!(matches!(refused, Err(ChartError::NotDrawable { what: "a number of bytes", .. })));
    }
}

#[test]
fn a_mode_that_is_not_listed_is_an_error() {
    let mut bad = rss();
    bad.traces[0].series_index = 2;
    let refused = bad.draw(Format::Svg);
    assert!(matches!(refused, Err(ChartError::UnknownSeries { index: 2, series: 2 })));
    let mut bad = cost();
    bad.fits = Some(FitMark { series_index: 9, streams: 1.0 });
    assert!(matches!(bad.draw(Format::Png), Err(ChartError::UnknownSeries { index: 9, .. })));
    let mut bad = comparison();
    bad.rows[8].values[0].kind = 2;
    assert!(matches!(bad.draw(Format::Svg), Err(ChartError::UnknownSeries { index: 2, series: 2 })));
}

/// A program that ends when its streams do: its number of streams stands at the plateau that goes into the fit, not at what is left.
#[test]
fn a_label_stands_at_the_plateau() {
    let heights = |full: Option<(f64, f64)>| -> f64 {
        let mut ending = rss();
        ending.limit = None;
        ending.series.truncate(1);
        let points = vec![(0.0, 8.0 * MIB), (8.0, 80.0 * MIB), (9.0, 80.0 * MIB), (10.0, 0.0)];
        ending.traces = vec![TrialTrace { series_index: 0, streams: 77, points, full }];
        let file = String::from_utf8(ending.draw(Format::Svg).unwrap()).unwrap();
        let lines: Vec<&str> = file.lines().collect();
        let at = lines.iter().position(|line| *line == "77").unwrap();
        let behind = lines[at - 1].split_once(" y=\"").unwrap().1;
        behind.split_once('"').unwrap().0.parse().unwrap()
    };
    let (at_end, at_plateau) = (heights(None), heights(Some((9.0, 80.0 * MIB))));
    assert!(at_end - at_plateau > 200.0 * 4.0, "{at_plateau} is far above {at_end}, in quarters of a unit");
}

fn utilisation(most: f64) -> Utilisation {
    let limit = |name: &str, share: f64| UsedLimit {
        name: name.to_owned(),
        parts: vec![(Some(0), share * 0.8)],
        high: share,
        label: format!("{:.0} %", share * 100.0),
    };
    Utilisation {
        title: "Output tokens bind".to_owned(),
        subtitle: "chat".to_owned(),
        workloads: vec!["chat".to_owned()],
        limits: vec![limit("output tokens", most), limit("requests", 0.4)],
        safe: 0.7,
        doubts: None,
    }
}

#[test]
fn a_share_is_drawn_to_its_end_or_says_that_it_goes_on() {
    let near = words(utilisation(2.61).draw(Format::Svg).unwrap());
    assert_says(&near, &["250", "261 %"]);
    assert!(!near.contains("arrowhead"), "all of it is drawn");
    let far = words(utilisation(40.0).draw(Format::Svg).unwrap());
    assert_says(&far, &["300", "4000 %", "An arrowhead at the edge"]);
}

#[test]
fn what_is_no_line_is_drawn_as_two_pieces() {
    let mut bent = cost();
    let piece = |intercept: f64, slope: f64| LineSpec { intercept: intercept * MIB, slope: slope * MIB };
    bent.series[0].pieces = Some(BentSpec { lower: piece(6.0, 1.0), upper: piece(14.0, 0.0), bend: 8.0 });
    let words = words(bent.draw(Format::Svg).unwrap());
    assert_says(&words, &["fitted line, or two pieces", "measured minus fitted"]);
    bent.series[0].pieces = Some(BentSpec { lower: piece(6.0, f64::NAN), upper: piece(14.0, 0.0), bend: 8.0 });
    assert!(bent.draw(Format::Svg).is_err());
}

#[test]
fn what_lived_and_what_was_killed_is_marked() {
    let mut proved = cost();
    let outcomes = Outcomes {
        series_index: 1,
        survived: vec![20.0, 22.0],
        killed: vec![23.0, 26.0],
        label: "22 lived, 23 killed".to_owned(),
    };
    let plain = dots(&proved.draw(Format::Svg).unwrap());
    proved.outcomes = Some(outcomes);
    let file = proved.draw(Format::Svg).unwrap();
    assert_eq!(dots(&file), plain + 2 * 3, "a ring of two dots for each that lived, and one in the legend");
    assert_says(
        &words(file),
        &["lived under the limit", "killed by it", "22 lived, 23 killed", "where nothing was measured"],
    );
    proved.outcomes.as_mut().unwrap().series_index = 9;
    assert!(matches!(proved.draw(Format::Svg), Err(ChartError::UnknownSeries { index: 9, .. })));
}

/// What a limit meets is told beside the series, and leaves nothing over.
#[test]
fn a_line_that_a_limit_meets_is_thin_and_leaves_nothing_over() {
    let plain = cost();
    let mut met = plain.clone();
    let ladder = LADDER.map(f64::from);
    met.series.push(SeriesLine {
        rank: Rank::Met,
        open_line: None,
        ..series("drop, when streams end", 0.4, &ladder, 0.05)
    });
    let (plain, met) = (plain.draw(Format::Svg).unwrap(), met.draw(Format::Svg).unwrap());
    assert_eq!(dots(&met), dots(&plain) + LADDER.len() * 3, "in the upper panel alone");
    assert_says(&words(met), &["what a limit meets first", "0.4 MiB per stream"]);
    assert!(!words(plain).contains("what a limit meets first"));
}
