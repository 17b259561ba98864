//! Limits and prices: what the tables say, which models share a pool, what the user's own word changes, and when a table is old.

use jiff::civil::date;
use stream_probe::plan::{LimitBook, LimitUse, Plan, PlanDoubt, PriceBook, Resource, cost_line, file};

fn plan(text: &str) -> Plan {
    Plan::of(file::read(text, None).unwrap_or_else(|error| panic!("{error}")), date(2026, 11, 1))
}

fn workload(name: &str, model: &str) -> String {
    format!(
        "[[workload]]\nname = \"{name}\"\nmodel = \"{model}\"\narrival = 1\nduration = 10\nheadroom = 1\ninput_tokens = 1000\noutput_tokens = 100\n"
    )
}

fn limit<'a>(limits: &'a [LimitUse], resource: Resource, pool: &str) -> &'a LimitUse {
    let found = limits.iter().find(|limit| limit.resource == resource && limit.pool.as_deref() == Some(pool));
    found.unwrap_or_else(|| panic!("no {resource:?} of {pool} in {limits:#?}"))
}

/// Spot checks against the sources that the tables name.
#[test]
fn the_tables_say_what_their_sources_say() {
    let book = LimitBook::embedded();
    for (tier, model, rpm, itpm, otpm) in [
        ("start", "claude-fable-5", 1e3, 5e5, 1e5),
        ("scale", "claude-fable-5-1", 4e3, 4e6, 8e5),
        ("start", "claude-opus-4-8", 1e3, 2e6, 4e5),
        ("build", "claude-sonnet-4-5-20250929", 5e3, 5e6, 1e6),
        ("scale", "claude-haiku-4-5", 1e4, 1e7, 2e6),
        ("tier-1", "claude-opus-4-5", 50.0, 3e4, 8e3),
        ("tier-1", "claude-haiku-4-5", 50.0, 5e4, 1e4),
        ("tier-2", "claude-sonnet-4-6", 1e3, 4.5e5, 9e4),
        ("tier-3", "claude-haiku-4-5", 2e3, 1e6, 2e5),
        ("tier-4", "claude-haiku-4-5", 4e3, 4e6, 8e5),
    ] {
        let row = book.row(tier, model).unwrap();
        assert_eq!(
            (row.allowance.rpm, row.allowance.itpm, row.allowance.otpm),
            (Some(rpm), Some(itpm), Some(otpm)),
            "{tier} {model}"
        );
    }
    assert_eq!(book.row("guide", "whatever").unwrap().allowance.rpm, Some(4000.0));
    for table in &book.tables {
        assert!(!table.source.is_empty() && table.date.date.is_some(), "{}", table.name);
        for pool in &table.pools {
            assert!(pool.inferred.iter().all(|tier| pool.tiers.contains_key(tier)), "{}", pool.name);
            let same = table.pools.iter().flat_map(|pool| pool.tiers.keys().cloned().collect::<Vec<_>>());
            assert!(
                same.collect::<std::collections::BTreeSet<_>>().len() == pool.tiers.len(),
                "{}: every tier",
                pool.name
            );
        }
    }
}

/// What a recorded run's headers said stands above the tables and below the user's own word.
#[test]
fn told_limits_stand_between_the_tables_and_the_users_own() {
    let told = r#"{"account_limits": {"model": "claude-opus-4-8", "headers":
        {"anthropic-ratelimit-requests-limit": "77", "anthropic-ratelimit-input-tokens-limit": "soon"}}}"#;
    let told = cost_line::read_limits(told).unwrap().unwrap();
    let capacity = |rest: &str, resource: Resource, pool: &str| {
        let text = workload("a", "claude-opus-4-5") + &workload("b", "claude-haiku-4-5") + rest;
        let mut inputs = file::read(&text, None).unwrap_or_else(|error| panic!("{error}"));
        inputs.account.told = Some(told.clone());
        limit(&Plan::of(inputs, date(2026, 11, 1)).sizing.together.limits, resource, pool).capacity
    };
    let tier = "[account]\ntier = \"start\"\n";
    // Of another model of the same pool; a header that is no number says nothing.
    assert_eq!(capacity(tier, Resource::Rpm, "Opus 4.x"), 77.0);
    assert_eq!(capacity(tier, Resource::Itpm, "Opus 4.x"), 2e6);
    assert_ne!(capacity(tier, Resource::Rpm, "Haiku 4.5"), 77.0);
    let own = format!("{tier}[limits.\"claude-opus-4-5\"]\nrpm = 88\n");
    assert_eq!(capacity(&own, Resource::Rpm, "Opus 4.x"), 88.0);
}

#[test]
fn every_model_has_a_price_and_a_long_prompt_its_own() {
    let prices = PriceBook::embedded();
    for model in LimitBook::embedded().models() {
        let price = prices.price(model, 1000.0).unwrap_or_else(|| panic!("{model}"));
        assert!(price.cache_read < price.input && price.input < price.output, "{model}");
    }
    assert_eq!(prices.price("claude-haiku-5-5", 100_000.0).unwrap().input, 0.1);
    assert_eq!(prices.price("claude-haiku-5-5", 100_001.0).unwrap().output, 2.5);
    assert_eq!(prices.price("claude-sonnet-4-5-20250929", 0.0).unwrap().input, 3.0);
    assert_eq!(prices.batch_share, 0.5);
}

/// 60 requests a minute of each: Opus 4.8 and 4.5 share one pool, Sonnet 5 has another.
#[test]
fn models_of_one_pool_share_its_limits() {
    let text = workload("a", "claude-opus-4-8") + &workload("b", "claude-opus-4-5") + &workload("c", "claude-sonnet-5");
    let plan = plan(&(text + "[account]\ntier = \"start\"\n"));
    let limits = &plan.sizing.together.limits;
    assert_eq!(limits.len(), 6);
    assert_eq!(limit(limits, Resource::Rpm, "Opus 4.x").used.likely, 120.0);
    assert_eq!(limit(limits, Resource::Itpm, "Opus 4.x").used.likely, 120_000.0);
    assert_eq!(limit(limits, Resource::Rpm, "Sonnet 5").used.likely, 60.0);
    assert_eq!(limit(&plan.sizing.workloads[0].limits, Resource::Rpm, "Opus 4.x").used.likely, 60.0);
}

#[test]
fn tokens_from_the_cache_are_free_of_the_limit_and_cheap() {
    let with = |more: &str| plan(&(workload("a", "claude-sonnet-5") + more + "[account]\ntier = \"start\"\n"));
    let (plain, cached) = (with(""), with("cached = \"75%\"\n"));
    let itpm = |plan: &Plan| limit(&plan.sizing.together.limits, Resource::Itpm, "Sonnet 5").used.likely;
    assert_eq!((itpm(&plain), itpm(&cached)), (60_000.0, 15_000.0));
    // 3,600 requests an hour: 1,000 x $2 and 100 x $10 a million; of the input 75 % at $0.20.
    let usd = |plan: &Plan| plan.money.usd_per_hour.unwrap().likely;
    assert!((usd(&plain) - 3600.0 * (0.002 + 0.001)).abs() < 1e-9);
    assert!((usd(&cached) - 3600.0 * (0.00025 * 2.0 + 0.00075 * 0.2 + 0.001)).abs() < 1e-9);
}

#[test]
fn the_users_own_word_is_right() {
    let text = workload("a", "claude-sonnet-5") + "[account]\ntier = \"start\"\n";
    let capacity =
        |own: &str, resource| limit(&plan(&(text.clone() + own)).sizing.together.limits, resource, "Sonnet 5").capacity;
    assert_eq!(capacity("", Resource::Rpm), 1000.0);
    assert_eq!(capacity("[limits]\nrpm = 77\n", Resource::Rpm), 77.0);
    assert_eq!(capacity("[limits]\nrpm = 77\n", Resource::Itpm), 2e6, "what it does not say stays");
    assert_eq!(capacity("[limits.\"claude-sonnet-5\"]\nrpm = 88\n", Resource::Rpm), 88.0);
    // As the headers of a recorded response name them, the others among them.
    let headers = "[limits]\nanthropic-ratelimit-requests-limit = \"50\"\nanthropic-ratelimit-requests-remaining = \"49\"\n\
                   anthropic-ratelimit-input-tokens-limit = 30000\nanthropic-ratelimit-output-tokens-limit = 8000\n\
                   anthropic-ratelimit-tokens-limit = 38000\nanthropic-ratelimit-tokens-reset = \"2026-08-25T00:00:00Z\"\nretry-after = 3\n";
    assert_eq!([Resource::Rpm, Resource::Itpm, Resource::Otpm].map(|r| capacity(headers, r)), [50.0, 30_000.0, 8000.0]);
    let priced = plan(&(text + "[prices.\"claude-sonnet-5\"]\ninput = 100\noutput = 0\n"));
    assert!((priced.money.usd_per_hour.unwrap().likely - 360.0).abs() < 1e-9);
}

/// As `curl -i` and `curl -v` print them: any letter case, a colon, and everything else that a response has. What limits nothing is named.
#[test]
fn headers_are_pasted_as_they_are() {
    let response = "HTTP/2 200\nDate: Mon, 27 Jul 2026 10:00:00 GMT\nContent-Type: application/json\n\
                    Anthropic-Ratelimit-Requests-Limit: 50\nanthropic-ratelimit-requests-remaining: 49\n\
                    ANTHROPIC-RATELIMIT-INPUT-TOKENS-LIMIT: 30000\n< anthropic-ratelimit-output-tokens-limit: 8000\n\
                    anthropic-ratelimit-unified-status: allowed\nanthropic-priority-input-tokens-limit: 10000\n\
                    anthropic-organization-id: 0b1c\nrequest-id: req_\"1\"\nCF-RAY: 8d\n";
    let limits = |section: &str| {
        plan(&format!("{}{section}{response}[account]\ntier = \"start\"\n", workload("a", "claude-sonnet-5")))
    };
    for section in ["[limits]\n", "[limits.\"claude-sonnet-5\"]\n"] {
        let plan = limits(section);
        let capacity = |resource| limit(&plan.sizing.together.limits, resource, "Sonnet 5").capacity;
        assert_eq!([Resource::Rpm, Resource::Itpm, Resource::Otpm].map(capacity), [50.0, 30_000.0, 8000.0]);
        let passed_over = &plan.inputs.account.passed_over;
        assert_eq!(passed_over.len(), 8, "{passed_over:?}");
        let text = stream_probe::report::plan::text(&plan);
        assert!(text.contains("Passed over under [limits]") && text.contains("anthropic-organization-id, "), "{text}");
        assert!(!text.contains("0b1c"), "names are told, and no values");
    }
    let refused = |rest: &str| file::read(&(workload("a", "m") + rest), None).unwrap_err().to_string();
    assert!(
        refused("[limits]\nAnthropic-Ratelimit-Request-Limit: 50\n")
            .contains("line 10: [limits] Anthropic-Ratelimit-Request-Limit")
    );
    assert!(refused("[limits]\nrpm = 1\nRPM = 2\n").contains("twice, in another letter case"));
    assert!(refused("[limits]\nrpm: 1\n[process]\nreplicas: 2\n").contains("line 12: this is not TOML"));
    // What is TOML is not looked at for headers.
    let prompt = "[[workload]]\narrival = 1\nduration = 1\nprompt = \"\"\"\n[limits]\nrpm: 1\n\"\"\"\n";
    assert_eq!(plan(prompt).inputs.workloads[0].input.unwrap().count.likely, 4.0);
}

#[test]
fn what_is_said_of_one_model_holds_for_its_pool() {
    let text = workload("a", "claude-opus-4-8") + &workload("b", "claude-opus-4-5");
    let plan = plan(&(text + "[account]\ntier = \"start\"\n[limits.\"claude-opus-4-5\"]\nrpm = 130\n"));
    assert_eq!(limit(&plan.sizing.together.limits, Resource::Rpm, "Opus 4.x").capacity, 130.0);
}

#[test]
fn tables_grow_old() {
    let text = workload("a", "claude-sonnet-5") + "[account]\ntier = \"start\"\n";
    let stale = |year, month, day| {
        let plan = Plan::of(file::read(&text, None).unwrap(), date(year, month, day));
        let days = plan.doubts.iter().filter_map(|doubt| match doubt {
            PlanDoubt::Stale { days, .. } => Some(*days),
            _ => None,
        });
        days.collect::<Vec<_>>()
    };
    // Limits are as of 2026-09-29, prices as of 2026-10-24.
    assert_eq!(stale(2026, 12, 28), [] as [i64; 0]);
    assert_eq!(stale(2026, 12, 29), [91]);
    assert_eq!(stale(2027, 1, 23), [116, 91]);
}

#[test]
fn numbers_that_no_source_states_are_doubted() {
    let doubts =
        |tier: &str| plan(&(workload("a", "claude-haiku-5-5") + &format!("[account]\ntier = \"{tier}\"\n"))).doubts;
    let inferred = |doubt: &PlanDoubt| matches!(doubt, PlanDoubt::Inferred { .. });
    assert!(!doubts("start").iter().any(inferred));
    assert!(doubts("scale").iter().any(inferred));
}

#[test]
fn the_spend_limit_counts_when_the_day_is_known() {
    let text = |more: &str| workload("a", "claude-sonnet-5") + more + "[account]\ntier = \"start\"\n";
    let spend =
        |more: &str| plan(&text(more)).sizing.together.limits.into_iter().find(|l| l.resource == Resource::Spend);
    assert!(spend("").is_none());
    // $10.80 an hour, 2 hours a day, 30 days: $648 of $500.
    let limit = spend("hours_a_day = 2\n").unwrap();
    assert!((limit.used.likely - 648.0).abs() < 1e-6 && limit.capacity == 500.0);
}

/// 864,000 requests a day are 9 batches by number; with 100,000 input tokens each at 4 bytes they are 1,350 by size.
#[test]
fn batches_by_number_and_by_size() {
    let text = |tokens: u32| {
        format!(
            "[[workload]]\nmodel = \"claude-sonnet-5\"\narrival = 10\nduration = 10\nretry = \"50%\"\ninput_tokens = {tokens}\noutput_tokens = 0\n"
        )
    };
    let batch = |tokens| plan(&text(tokens)).money.workloads[0].clone().unwrap().batch;
    assert_eq!(batch(100).requests_per_day.likely, 864_000.0);
    assert_eq!(batch(100).batches_per_day.likely, 9.0);
    assert_eq!(batch(100_000).batches_per_day.likely, 1350.0);
    // Half of $2 a million, and no retries.
    assert!((batch(100).per_day.likely - 864_000.0 * 100.0 * 1e-6).abs() < 1e-6);
}
