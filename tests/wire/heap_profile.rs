//! Heap profiles: the golden ones of `tests/data/heap-program.rs`, whose every byte is known, and the odd ones.

use serde_json::{Value, json};
use stream_probe::heap::{MarginalError, Profile, ProfileError, Site, SiteCost, marginal, sites};

const AT_3: &str = include_str!("../data/heap-3.json");
const AT_10: &str = include_str!("../data/heap-10.json");

const TABLE: &str = "holder::keep_table (holder/src/main.rs:17)";
const BUFFER: &str = "bytes::bytes_mut::BytesMut::with_capacity (bytes-1.12.1/src/bytes_mut.rs:157)";
const BUFFER_CALLER: &str = "holder::keep_buffer (holder/src/main.rs:29)";
const GROWN: &str = "holder::keep_grown (holder/src/main.rs:37)";
const BOXED: &str = "holder::keep_box (holder/src/main.rs:23)";
const MAP: &str = "holder::main (holder/src/main.rs:61)";
const CLOSURE: &str = "holder::main (holder/src/main.rs:70)";
const HELD: &str = "holder::main (holder/src/main.rs:62)";

fn parse(json: &str) -> Profile {
    Profile::parse(json.as_bytes()).unwrap()
}

fn site(label: &str, bytes: u64, blocks: u64) -> Site {
    Site { label: label.into(), caller: (label == BUFFER).then(|| BUFFER_CALLER.into()), bytes, blocks }
}

fn at_3() -> Vec<Site> {
    vec![
        site(TABLE, 65_536, 1),
        site(BUFFER, 12_288, 3),
        site(GROWN, 3_072, 3),
        site(BOXED, 3_000, 3),
        site(MAP, 1_616, 1),
        site(CLOSURE, 600, 3),
        site(HELD, 264, 1),
    ]
}

#[test]
fn golden_sites() {
    assert_eq!(sites(&parse(AT_3)), at_3());
    assert_eq!(
        sites(&parse(AT_10)),
        [
            site(TABLE, 65_536, 1),
            site(BUFFER, 40_960, 10),
            site(GROWN, 10_240, 10),
            site(BOXED, 10_000, 10),
            site(CLOSURE, 2_000, 10),
            site(MAP, 1_616, 1),
            site(HELD, 880, 1),
        ]
    );
}

/// The totals are those that dhat printed when it wrote the files.
#[test]
fn golden_totals() {
    assert_eq!(parse(AT_3).bytes(), 86_376);
    assert_eq!(parse(AT_10).bytes(), 131_232);
}

#[test]
fn golden_cost_per_stream() {
    let costs = marginal((3, &sites(&parse(AT_3))), (10, &sites(&parse(AT_10)))).unwrap();
    let cost = |label: &str, per_stream, fixed, blocks_per_stream| SiteCost {
        label: label.into(),
        caller: (label == BUFFER).then(|| BUFFER_CALLER.into()),
        per_stream,
        fixed,
        blocks_per_stream,
    };
    assert_eq!(
        costs,
        [
            cost(BUFFER, 4096.0, 0.0, 1.0),
            cost(GROWN, 1024.0, 0.0, 1.0),
            cost(BOXED, 1000.0, 0.0, 1.0),
            cost(CLOSURE, 200.0, 0.0, 1.0),
            // One block, but longer with every stream.
            cost(HELD, 88.0, 0.0, 0.0),
            cost(TABLE, 0.0, 65_536.0, 0.0),
            cost(MAP, 0.0, 1_616.0, 0.0),
        ]
    );
    let sum: f64 = costs.iter().map(|cost| cost.per_stream).sum();
    assert_eq!(sum, (131_232.0 - 86_376.0) / 7.0);
}

/// The program is loaded elsewhere in every run, and each call of an inlined function has an address of its own.
#[test]
fn addresses_do_not_matter() {
    let mut file: Value = serde_json::from_str(AT_3).unwrap();
    for frame in file["ftbl"].as_array_mut().unwrap() {
        if let Some((address, rest)) = frame.as_str().unwrap().split_once(": ") {
            let address = u64::from_str_radix(&address[2..], 16).unwrap();
            *frame = format!("{:#x}: {rest}", address + 0x1234_5000).into();
        }
    }
    assert_eq!(sites(&parse(&file.to_string())), at_3());
}

/// The same stacks a second time under other frame numbers and addresses are the same sites, twice as large.
#[test]
fn points_of_one_place_are_summed() {
    let mut file: Value = serde_json::from_str(AT_3).unwrap();
    let frames = file["ftbl"].as_array().unwrap().clone();
    for frame in &frames {
        let moved = frame.as_str().unwrap().replacen("0x", "0x9", 1);
        file["ftbl"].as_array_mut().unwrap().push(moved.into());
    }
    for mut point in file["pps"].as_array().unwrap().clone() {
        for at in point["fs"].as_array_mut().unwrap() {
            *at = json!(at.as_u64().unwrap() + frames.len() as u64);
        }
        file["pps"].as_array_mut().unwrap().push(point);
    }
    let twice: Vec<Site> =
        at_3().into_iter().map(|site| Site { bytes: site.bytes * 2, blocks: site.blocks * 2, ..site }).collect();
    assert_eq!(sites(&parse(&file.to_string())), twice);
}

/// A profile of one-frame-per-line stacks, each with its live bytes, the allocation first.
fn profile(stacks: &[(u64, &[&str])]) -> Profile {
    let mut frames = vec!["[root]".to_owned()];
    let mut points = Vec::new();
    for (bytes, stack) in stacks {
        let from = frames.len();
        frames.extend(stack.iter().map(|frame| format!("0x1: {frame}")));
        let fs: Vec<usize> = (from..frames.len()).collect();
        points.push(json!({"tb": 0, "tbk": 0, "eb": bytes, "ebk": 1, "fs": fs}));
    }
    parse(&json!({"dhatFileVersion": 2, "mode": "rust-heap", "pps": points, "ftbl": frames}).to_string())
}

fn only_site(stack: &[&str]) -> (String, Option<String>) {
    let mut all = sites(&profile(&[(1, stack)]));
    assert_eq!(all.len(), 1);
    let site = all.remove(0);
    (site.label, site.caller)
}

#[test]
fn labels() {
    #[rustfmt::skip]
    let cases = [
        ("hyper::proto::h1::io::Buffered<T,B>::new (proto/h1/io.rs:59:19)", "hyper::proto::h1::io::Buffered::new (proto/h1/io.rs:59)"),
        ("<hyper::proto::h1::Conn<I, B> as core::future::future::Future>::poll (a/b/c.rs:1:2)", "hyper::proto::h1::Conn::poll (a/b/c.rs:1)"),
        ("<hyper::proto::h1::io::Buffered<u8>>::new (a.rs:1:2)", "hyper::proto::h1::io::Buffered::new (a.rs:1)"),
        ("<F as futures_core::future::TryFuture>::try_poll (a.rs:3:1)", "futures_core::future::TryFuture::try_poll (a.rs:3)"),
        ("<&mut T as http_body::Body>::poll_frame (a.rs:3:1)", "http_body::Body::poll_frame (a.rs:3)"),
        ("<&mut tower::Boxed<T> as http_body::Body>::poll_frame (a.rs:3:1)", "tower::Boxed::poll_frame (a.rs:3)"),
        ("<[tower::Boxed] as a::B>::c (a.rs:3:1)", "tower::Boxed::c (a.rs:3)"),
        ("<dyn tower::Any as a::B>::c (a.rs:3:1)", "tower::Any::c (a.rs:3)"),
        ("<<T as a::B>::C as d::E>::f (a.rs:3:1)", "d::E::f (a.rs:3)"),
        ("client::open::{{closure}}::{{closure}} (src/client.rs:8:1)", "client::open (src/client.rs:8)"),
        ("client::open::{closure#0} (src/client.rs:8:1)", "client::open (src/client.rs:8)"),
        ("client::map::<fn(u8) -> client::Text<u8>, ()>::{closure#0} (src/client.rs:8:1)", "client::map (src/client.rs:8)"),
        ("client::open (src/client.rs:0:0)", "client::open (src/client.rs)"),
        ("client::open (???:0:0)", "client::open"),
        ("client::open (with space.rs:1:2)", "client::open (with space.rs:1)"),
        ("client::open", "client::open"),
    ];
    for (frame, label) in cases {
        assert_eq!(only_site(&[frame]).0, label, "{frame}");
    }
}

#[test]
fn the_first_frame_outside_the_standard_library_is_the_site() {
    let stack = [
        "<dhat::Alloc as core::alloc::global::GlobalAlloc>::alloc (dhat-0.3.3/src/lib.rs:1176:9)",
        "probe::switch (src/main.rs:5:1)",
        "<probe::Switch as core::alloc::global::GlobalAlloc>::alloc (src/main.rs:9:1)",
        "__rustc::__rust_alloc (src/main.rs:7:15)",
        "alloc::raw_vec::RawVec<T,A>::grow_one (src/raw_vec/mod.rs:188:29)",
        "<alloc::vec::Vec<T> as alloc::vec::spec_from_iter::SpecFromIter<T,I>>::from_iter (src/vec/mod.rs:1:1)",
        "hashbrown::raw::RawTable<T,A>::reserve (src/raw/mod.rs:694:20)",
        "std::collections::hash::map::HashMap<K,V>::insert (collections/hash/map.rs:291:9)",
        "<&mut T as core::fmt::Write>::write_str (src/fmt/mod.rs:9:1)",
        "extern_c_callback (a.c:1:1)",
        "tokio::sync::mpsc::block::Block<T>::new (sync/mpsc/block.rs:87:1)",
        "tokio::sync::mpsc::chan::channel (sync/mpsc/chan.rs:1:1)",
        "<alloc::boxed::Box<F> as core::ops::function::FnOnce<A>>::call_once (alloc/src/boxed.rs:1:1)",
        "hyper::client::dispatch::channel (client/dispatch.rs:30:1)",
        "probe::client::open (src/client.rs:40:1)",
        "main (???:0:0)",
    ];
    assert_eq!(
        only_site(&stack),
        (
            "tokio::sync::mpsc::block::Block::new (sync/mpsc/block.rs:87)".into(),
            Some("hyper::client::dispatch::channel (client/dispatch.rs:30)".into())
        )
    );
}

#[test]
fn a_stack_inside_the_standard_library_is_named_after_std() {
    let stack = [
        "alloc::vec::Vec<T>::with_capacity (src/vec/mod.rs:524:9)",
        "std::io::buffered::linewriter::LineWriter<W>::new (io/buffered/linewriter.rs:1:1)",
        "std::rt::lang_start_internal (std/src/rt.rs:1:1)",
        "main (???:0:0)",
    ];
    let (label, caller) = only_site(&stack);
    assert_eq!(label, "std::io::buffered::linewriter::LineWriter::new (io/buffered/linewriter.rs:1)");
    assert_eq!(caller, None);
    assert_eq!(only_site(&["??? (???:0:0)"]).0, "(unknown)");
    assert_eq!(only_site(&[]).0, "(unknown)");
}

#[test]
fn the_caller_is_the_one_that_holds_most() {
    let grow = "bytes::BytesMut::reserve (src/bytes_mut.rs:1:1)";
    let found = sites(&profile(&[
        (300, &[grow, "a::f (a.rs:1:1)"]),
        (200, &[grow, "b::f (b.rs:1:1)"]),
        (200, &[grow, "b::f (b.rs:1:9)"]),
        (0, &["never::held (c.rs:1:1)"]),
    ]));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].bytes, found[0].blocks), (700, 3));
    assert_eq!(found[0].caller.as_deref(), Some("b::f (b.rs:1)"));
}

#[test]
fn a_site_of_one_profile_only_is_empty_in_the_other() {
    let low = [site("gone", 100, 1), site("shrinks", 90, 9)];
    let high = [site("new", 600, 6), site("shrinks", 30, 3)];
    let costs = marginal((1, &low), (3, &high)).unwrap();
    let rows: Vec<_> = costs.iter().map(|cost| (&*cost.label, cost.per_stream, cost.fixed)).collect();
    assert_eq!(rows, [("new", 300.0, -300.0), ("shrinks", -30.0, 120.0), ("gone", -50.0, 150.0),]);
}

#[test]
fn a_line_needs_two_stream_counts_in_order() {
    for (low, high) in [(3, 3), (10, 3), (0, 0)] {
        assert_eq!(marginal((low, &[]), (high, &[])), Err(MarginalError::Order { low, high }));
    }
}

#[test]
fn sites_and_costs_survive_json() {
    let found = at_3();
    let text = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Site>>(&text).unwrap(), found);
    let costs = marginal((0, &[]), (3, &found)).unwrap();
    let text = serde_json::to_string(&costs).unwrap();
    assert_eq!(serde_json::from_str::<Vec<SiteCost>>(&text).unwrap(), costs);
}

fn error(json: &str) -> ProfileError {
    Profile::parse(json.as_bytes()).unwrap_err()
}

/// The golden profile with one field of the file replaced.
fn with(path: &str, value: Value) -> String {
    let mut file: Value = serde_json::from_str(AT_3).unwrap();
    *file.pointer_mut(path).unwrap() = value;
    file.to_string()
}

#[test]
fn what_is_no_profile_is_refused_with_the_reason() {
    assert!(matches!(error(""), ProfileError::NotJson(_)));
    assert!(matches!(error(&AT_3[..2000]), ProfileError::NotJson(_)));
    assert!(matches!(error("{}"), ProfileError::Shape(_)));
    assert!(matches!(error(&with("/pps", json!({}))), ProfileError::Shape(_)));
    assert!(matches!(error(&with("/dhatFileVersion", json!(1))), ProfileError::Version(1)));
    let ad_hoc = error(&with("/mode", json!("rust-ad-hoc")));
    assert!(matches!(ad_hoc, ProfileError::Mode(mode) if mode == "rust-ad-hoc"));
    assert!(matches!(error(&with("/pps/2/fs/0", json!(5000))), ProfileError::Frame { point: 2, frame: 5000 }));
    for field in ["eb", "ebk"] {
        let mut file: Value = serde_json::from_str(AT_3).unwrap();
        file["pps"][4].as_object_mut().unwrap().remove(field);
        assert!(matches!(error(&file.to_string()), ProfileError::NoEnd(4)));
    }
}

/// The frames that a program built with `debug = "line-tables-only"` writes.
#[test]
fn a_profile_without_module_paths_is_refused() {
    let frames = json!([
        "[root]",
        "0x1: alloc (dhat-0.3.3/src/lib.rs:1176:9)",
        "0x2: with_capacity_in<u8, alloc::alloc::Global> (src/vec/mod.rs:965:20)",
        "0x2: <alloc::string::String>::push (alloc/src/string.rs:1419:14)",
        "0x2: keep_table (holder/src/main.rs:12:5)",
    ]);
    let file = json!({"dhatFileVersion": 2, "mode": "rust-heap", "pps": [], "ftbl": frames});
    let refused = error(&file.to_string());
    assert!(matches!(refused, ProfileError::NoPaths));
    assert!(refused.to_string().contains("debug = 1"));
}
