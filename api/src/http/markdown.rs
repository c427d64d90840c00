//! Markdown (CommonMark, with tables and strikethrough) as HTML that is safe to show.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::Builder;
use pulldown_cmark::{Event, Options, Parser, Tag, html};

/// How deep quotes, lists and emphasis may be nested. What is nested deeper is shown at this depth: browsers and this
/// renderer take a time that grows with the depth.
const MOST_NESTED: usize = 64;

/// Where Styr's own files are, for those with a token and for those with a link.
const OWN_FILES: &str = "/v1/files/";
const SHARED_FILES: &str = "/v1/shared/";

static SANITIZER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .url_schemes(HashSet::from(["https", "http", "mailto"]))
        .link_rel(Some("noopener noreferrer"))
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            ("img", "src") => {
                (value.starts_with("https://") || is_own_file(value)).then_some(Cow::Borrowed(value))
            }
            ("a", "href") => (has_scheme(value) || is_own_file(value)).then_some(Cow::Borrowed(value)),
            _ => Some(Cow::Borrowed(value)),
        });
    builder
});

fn is_own_file(address: &str) -> bool {
    let path = address.strip_prefix(OWN_FILES).or_else(|| address.strip_prefix(SHARED_FILES));
    path.is_some_and(|path| path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_/".contains(&byte)))
}

/// Whether an address has one of the schemes that are let through; which, the sanitizer has looked at.
fn has_scheme(address: &str) -> bool {
    ["https:", "http:", "mailto:"]
        .iter()
        .any(|scheme| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

/// The HTML of a text in Markdown: no scripts, no handlers, links to web and mail addresses and to Styr's own files,
/// images by `https:` and of Styr's own files. HTML in the text is shown as it is written.
pub(crate) fn html(markdown: &str) -> String {
    html_with(markdown, &|_| None)
}

/// The same for those who have a link with this secret: Styr's own files are where the link shows them.
pub(crate) fn shared_html(markdown: &str, secret: &str) -> String {
    html_with(markdown, &|address| {
        let id = address.strip_prefix(OWN_FILES)?.strip_suffix("/content")?;
        Some(format!("{SHARED_FILES}{secret}/files/{id}"))
    })
}

fn html_with(markdown: &str, elsewhere: &dyn Fn(&str) -> Option<String>) -> String {
    let mut nested: Vec<bool> = Vec::new();
    let mut open = 0;
    let parser = Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
    let events = parser.filter_map(move |event| match event {
        Event::Start(_) => {
            let shown = open < MOST_NESTED;
            nested.push(shown);
            open += usize::from(shown);
            shown.then_some(event)
        }
        Event::End(_) => {
            let shown = nested.pop().unwrap_or_default();
            open -= usize::from(shown);
            shown.then_some(event)
        }
        Event::InlineHtml(text) if matches!(&*text, "<br>" | "<br/>" | "<br />") => Some(Event::HardBreak),
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        event => Some(event),
    });
    let events = events.map(|mut event| {
        if let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = &mut event
            && let Some(address) = elsewhere(dest_url)
        {
            *dest_url = address.into();
        }
        event
    });
    let mut written = String::with_capacity(markdown.len() * 2);
    html::push_html(&mut written, events);
    SANITIZER.clean(&written).to_string()
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn what_is_written_becomes_html() {
        assert_eq!(
            html("# Check\n\n1. *Look*\n2. Sign"),
            "<h1>Check</h1>\n<ol>\n<li><em>Look</em></li>\n<li>Sign</li>\n</ol>\n"
        );
        assert!(html("| a | b |\n|---|---|\n| 1<br>2 | ~~3~~ |").contains("<td>1<br>\n2</td>"));
        let link = html("[plan](https://contoso.sharepoint.com/plan.docx)");
        assert_eq!(
            link,
            "<p><a href=\"https://contoso.sharepoint.com/plan.docx\" rel=\"noopener noreferrer\">plan</a></p>\n"
        );
        let own = "![map](/v1/files/0192f0c1-2f0e-7c3a-9d55-3f1a2b4c5d6e/content)";
        assert!(html(own).contains("src=\"/v1/files/0192f0c1"));
        assert!(html("![map](https://example.org/map.png)").contains("src=\"https://example.org/map.png\""));
    }

    #[test]
    fn nothing_in_it_runs_or_fetches_what_it_should_not() {
        for markdown in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<svg onload=alert(1)>",
            "[a](javascript:alert(1))",
            "[a](JaVaScRiPt:alert(1))",
            "[a](java\nscript:alert(1))",
            "[a](data:text/html;base64,PHNjcmlwdD4=)",
            "[a](vbscript:x)",
            "[a](//evil.example)",
            "![a](javascript:alert(1))",
            "![a](data:image/svg+xml;base64,PHN2Zz4=)",
            "![a](http://example.org/pixel.gif)",
            "![a](/v1/users)",
            "![a](/v1/files/../users)",
            "<a href=\"javascript:alert(1)\" onclick=\"alert(1)\">a</a>",
            "[a]: javascript:alert(1)\n\n[a]",
            "<https://example.org/\" onmouseover=\"alert(1)>",
        ] {
            let html = html(markdown);
            let tags: String = html.split('<').skip(1).filter_map(|rest| rest.split('>').next()).collect();
            for bad in
                ["script", "onerror", "onload", "onclick", "onmouseover", "data:", "svg", "src", "href=\"//"]
            {
                assert!(!tags.contains(bad), "{markdown}: {html}");
            }
        }
    }

    #[test]
    fn what_is_nested_for_ever_is_flattened() {
        let quotes = "> ".repeat(50_000) + "deep";
        let html = super::html(&quotes);
        assert!(html.contains("deep"));
        assert_eq!(html.matches("<blockquote>").count(), super::MOST_NESTED);
        let emphasis = "*a ".repeat(20_000);
        assert!(super::html(&emphasis).contains('a'));
    }
}
