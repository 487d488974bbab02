//! The HTML: its tags are ours, whatever the text in it says; it asks for nothing and runs nothing.

use base64::Engine as _;
use gonogo::report::release::html;
use sha2::{Digest as _, Sha256};

use crate::story::{Story, everything};

fn told(story: &Story) -> String {
    story.report(|report| {
        let mut out = Vec::new();
        html(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    })
}

/// Every tag with its attributes, in order. A quoted value may hold what would end a tag.
fn tags(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let mut quoted = false;
        let end = rest[start..].find(|c| {
            quoted ^= c == '"';
            c == '>' && !quoted
        });
        let end = start + end.expect("every tag is closed");
        found.push(rest[start..=end].to_owned());
        rest = &rest[end + 1..];
    }
    found
}

fn name(tag: &str) -> &str {
    tag.trim_start_matches(['<', '/']).split([' ', '>']).next().unwrap()
}

#[test]
fn text_from_outside_makes_no_tag_and_no_attribute() {
    let shape = |text: &str| -> Vec<String> {
        // A short word is kept on its line: of the classes only that differs. Pictures have coordinates.
        let all = tags(&told(&everything(text)));
        all.iter().map(|tag| name(tag).to_owned()).filter(|name| name != "td" && name != "th").collect()
    };
    let plain = shape("plain words");
    for hostile in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "</style></main><h1>owned</h1>",
        "<!-- comment",
        "]]> &lt; &amp;",
        "javascript:alert(1)",
    ] {
        assert_eq!(shape(hostile), plain, "{hostile}");
        let text = told(&everything(hostile));
        assert!(!tags(&text).iter().any(|tag| tag.contains(" on") || tag.contains("javascript:")), "{hostile}");
    }
}

#[test]
fn it_needs_nothing_from_elsewhere_and_its_policy_says_so() {
    let text = told(&everything("plain words"));
    let style = text.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style));
    let policy = format!("default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'");
    assert!(text.contains(&format!("content=\"{policy}\"")), "{}", &text[..600]);
    let tags = tags(&text);
    for tag in &tags {
        assert!(!["script", "link", "img", "iframe", "object", "form", "base"].contains(&name(tag)), "{tag}");
        assert!(!tag.contains(" style=") && !tag.contains(" src="), "{tag}");
    }
    assert!(!style.contains("url(") && !style.contains("@import"), "{style}");
    let links: Vec<&String> = tags.iter().filter(|tag| name(tag) == "a" && !tag.starts_with("</")).collect();
    assert!(!links.is_empty() && links.iter().all(|link| link.contains("href=\"https://ci.example.com/")), "{links:?}");
}

#[test]
fn every_tag_is_closed_in_its_turn() {
    const VOID: [&str; 5] = ["meta", "!doctype", "rect", "line", "circle"];
    let mut open: Vec<String> = Vec::new();
    for tag in tags(&told(&everything("plain words"))) {
        let name = name(&tag).to_owned();
        if VOID.contains(&name.as_str()) && (tag.ends_with("/>") || ["meta", "!doctype"].contains(&name.as_str())) {
            continue;
        }
        match tag.starts_with("</") {
            true => assert_eq!(open.pop(), Some(name), "{tag}"),
            false if tag.ends_with("/>") => {}
            false => open.push(name),
        }
    }
    assert_eq!(open, [] as [String; 0]);
}

#[test]
fn pictures_say_what_they_show_and_tables_name_their_columns() {
    let text = told(&everything("plain words"));
    let tags = tags(&text);
    let count = |start: &str| tags.iter().filter(|tag| tag.starts_with(start)).count();
    assert!(count("<svg") >= 2, "a ruler and tallies");
    assert_eq!(count("<svg"), count("<desc"));
    assert!(
        tags.iter().filter(|tag| name(tag) == "svg" && !tag.starts_with("</")).all(|tag| tag.contains("role=\"img\""))
    );
    assert!(tags.iter().filter(|tag| tag.starts_with("<th")).all(|tag| tag.contains("scope=") || *tag == "<thead>"));
    assert_eq!(count("<table"), count("<caption"));
    assert!(text.contains("prefers-color-scheme:dark") && text.contains("@media print"));
}
