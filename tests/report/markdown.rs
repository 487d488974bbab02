//! The Markdown as a renderer of GitHub's kind understands it: its structure is ours, whatever the text in it says.

use gonogo::report::release::{escape_markdown, markdown};
use proptest::prelude::*;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::story::{Story, everything};

fn told(story: &Story) -> String {
    story.report(|report| {
        let mut out = Vec::new();
        markdown(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    })
}

fn parse(text: &str) -> Parser<'_> {
    let tables = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH;
    Parser::new_ext(text, tables | Options::ENABLE_TASKLISTS | Options::ENABLE_GFM | Options::ENABLE_MATH)
}

/// What a renderer makes of it.
#[derive(Debug, Default, PartialEq)]
struct Structure {
    headings: Vec<(HeadingLevel, String)>,
    /// Columns of each table, and the cells of each of its rows.
    tables: Vec<(usize, Vec<usize>)>,
    cells: Vec<String>,
    html: Vec<String>,
    links: Vec<String>,
    /// Anything that text from outside could have made and we never make.
    strange: Vec<String>,
    /// Text that is shown, links and code apart.
    text: String,
}

fn structure(text: &str) -> Structure {
    let mut found = Structure::default();
    let (mut heading, mut cell, mut link) = (None, None::<String>, false);
    for event in parse(text) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => heading = Some((level, String::new())),
            Event::End(TagEnd::Heading(_)) => found.headings.extend(heading.take()),
            Event::Start(Tag::Table(columns)) => found.tables.push((columns.len(), vec![])),
            Event::Start(Tag::TableRow | Tag::TableHead) => found.tables.last_mut().unwrap().1.push(0),
            Event::Start(Tag::TableCell) => {
                *found.tables.last_mut().unwrap().1.last_mut().unwrap() += 1;
                cell = Some(String::new());
            }
            Event::End(TagEnd::TableCell) => {
                found.cells.extend(cell.take());
                found.text.push('\n');
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                found.links.push(dest_url.to_string());
                link = true;
            }
            Event::End(TagEnd::Link) => link = false,
            Event::Html(html) | Event::InlineHtml(html) => found.html.push(html.trim().to_owned()),
            Event::Text(text) => {
                for into in [heading.as_mut().map(|it| &mut it.1), cell.as_mut()].into_iter().flatten() {
                    into.push_str(&text);
                }
                if !link {
                    found.text.push_str(&text);
                }
            }
            Event::Code(code) => {
                cell.iter_mut().for_each(|cell| cell.push_str(&code));
                found.text.push('\u{0}');
            }
            Event::Start(Tag::Paragraph | Tag::List(None) | Tag::Item | Tag::Strong | Tag::HtmlBlock) => {
                found.text.push('\n')
            }
            Event::Start(other) => found.strange.push(format!("{other:?}")),
            Event::End(_) => found.text.push('\n'),
            Event::SoftBreak => {}
            other => found.strange.push(format!("{other:?}")),
        }
    }
    found
}

/// Nothing that GitHub finds in text that was rendered already.
fn nothing_acts(shown: &str) {
    let bytes = shown.as_bytes();
    for (i, &byte) in bytes.iter().enumerate() {
        let next = bytes.get(i + 1).copied().unwrap_or(b' ');
        let around = || shown.chars().collect::<String>();
        assert!(!(byte == b'@' && next.is_ascii_alphanumeric()), "a mention in {}", around());
        assert!(!(byte == b'#' && next.is_ascii_alphanumeric()), "an issue in {}", around());
        assert!(!bytes[i..].starts_with(b"://"), "an address in {}", around());
        assert!(!bytes[i..].to_ascii_lowercase().starts_with(b"www."), "an address in {}", around());
    }
}

const HOSTILE: &[&str] = &[
    "plain words",
    "| a | b |",
    "\\| still \\\\| one cell",
    "`code` and ``` fence",
    "```\nfence\n```",
    "[a link](https://evil.example)",
    "![a picture](https://evil.example/p.png)",
    "<https://evil.example> and https://evil.example and www.evil.example",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</details><h1>owned</h1>",
    "<!-- a comment",
    "@everyone look at #12, GH-34, org/repo#5 and me@example.com",
    "# heading\n## another",
    "- item\n- [ ] task\n1. one\n1) two\n> quote",
    "---",
    "===",
    "*a* _b_ **c** __d__ ~~e~~ ~f~ $g$ $$h$$ ^i^ ||j||",
    "[^1] and [^1]: note [x]: https://evil.example",
    ":tada: :+1: at 12:34:56",
    "&lt;b&gt; &amp; &#64;x &copy;",
    "\u{202e}desrever\u{0}\x1b[31m",
    "trailing backslash \\",
    "`",
    "``",
    "a\tb\r\nc",
    "+ plus",
    "=",
    "",
];

#[test]
fn the_structure_is_the_same_whatever_is_said() {
    let plain = structure(&told(&everything("plain words")));
    for hostile in HOSTILE {
        let text = told(&everything(hostile));
        let found = structure(&text);
        assert_eq!(found.strange, [] as [String; 0], "{hostile:?}");
        assert_eq!(found.html, plain.html, "{hostile:?}");
        for (columns, rows) in &found.tables {
            assert!(rows.iter().all(|cells| cells == columns), "{hostile:?}: {columns} columns, {rows:?}");
        }
        let levels = |found: &Structure| found.headings.iter().map(|(level, _)| *level).collect::<Vec<_>>();
        assert_eq!(levels(&found), levels(&plain), "{hostile:?}");
        let ours = "https://ci.example.com/run/7?a=1&b=2#log";
        assert!(found.links.iter().all(|link| link == ours), "{hostile:?}: {:?}", found.links);
        assert!(!found.links.is_empty(), "the evidence that is an address is a link");
        nothing_acts(&found.text);
    }
}

#[test]
fn sections_come_in_the_order_of_the_question() {
    let found = structure(&told(&everything("plain words")));
    let sections: Vec<&str> =
        found.headings.iter().filter(|(level, _)| *level == HeadingLevel::H2).map(|(_, text)| text.as_str()).collect();
    let want = [
        "What stands against going on",
        "Sign-off",
        "Go/no-go",
        "Stages",
        "Exit gates of this stage",
        "Success rates",
        "Guardrails",
        "Automated gate",
        "Checklist",
        "Evidence",
        "Deployed",
        "Incidents",
        "Timeline",
        "Audit log",
    ];
    assert_eq!(sections, want);
    assert_eq!(found.headings[0].0, HeadingLevel::H1);
}

#[test]
fn a_long_table_is_folded_and_whole() {
    let mut story = Story::opened();
    for n in 0..100 {
        story.note(n + 1, "ann", &format!("note {n}"));
    }
    let found = structure(&told(&story));
    assert!(found.html.iter().any(|html| html.contains("<summary>Timeline: 101 rows</summary>")), "{:?}", found.html);
    for n in 0..100 {
        assert!(found.cells.iter().any(|cell| *cell == format!("note {n}")), "note {n}");
    }
}

proptest! {
    #[test]
    fn a_cell_shows_just_what_was_said(said in "[ -~éß世\u{200d}\t\n]{0,60}") {
        let table = format!("| a | b |\n|---|---|\n| x{} | y |\n", format_args!(" {}", escape_markdown(&said)));
        let found = structure(&table);
        prop_assert_eq!(&found.strange, &Vec::<String>::new());
        prop_assert_eq!(&found.html, &Vec::<String>::new());
        prop_assert_eq!(&found.links, &Vec::<String>::new());
        prop_assert_eq!(&found.tables, &vec![(2, vec![2, 2])]);
        let shown = found.cells[2].replace('\u{200b}', "");
        prop_assert_eq!(shown.trim(), format!("x {}", gonogo::text::clean(&said).trim()).trim().to_owned());
        nothing_acts(&found.text);
    }

    #[test]
    fn a_sentence_shows_just_what_was_said(said in "[ -~]{1,60}") {
        let escaped = escape_markdown(&said);
        let found = structure(&escaped);
        prop_assert_eq!(&found.strange, &Vec::<String>::new(), "{}", escaped);
        prop_assert_eq!(&found.html, &Vec::<String>::new());
        prop_assert_eq!(&found.headings, &Vec::new());
        let shown = found.text.replace('\u{200b}', "");
        prop_assert_eq!(shown.trim(), said.trim());
    }
}
