//! Names of models.

/// `claude-sonnet-5-20260101` without its date, as tables of limits and prices name it.
pub fn without_date(model: &str) -> &str {
    match model.rsplit_once('-') {
        Some((name, date)) if date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => model,
    }
}

/// The one of `names` that `typed` is most like, if it is like any.
pub fn closest<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |name: &str| strsim::jaro_winkler(typed, name);
    // The same threshold at which the option parser suggests an option.
    let alike = names.into_iter().map(|name| (likeness(name), name)).filter(|(likeness, _)| *likeness > 0.7);
    alike.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}
