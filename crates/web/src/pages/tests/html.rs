//! Reads a page as a browser would have to, strictly: every element is closed, in order.

use std::collections::HashSet;

use domain::Language;

/// An element and where it stands.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    /// The names of what it stands in, outermost first.
    pub(super) inside: Vec<String>,
    /// The characters in it and below it, as written.
    pub(super) text: String,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn is(&self, names: &[&str]) -> bool {
        names.contains(&self.name.as_str())
    }
}

const VOID: [&str; 6] = ["meta", "link", "input", "br", "hr", "img"];

/// The elements of a page in order of their start.
pub(super) fn parse(html: &str) -> Vec<Element> {
    let mut elements: Vec<Element> = vec![];
    let mut open: Vec<usize> = vec![];
    let mut rest = html.strip_prefix("<!doctype html>").expect("a page says that it is HTML");
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at(at);
        add_text(&mut elements, &open, text);
        let (tag, after) = split_tag(tag);
        if let Some(name) = tag.strip_prefix('/') {
            let closed = open.pop().map(|index| elements[index].name.clone());
            assert_eq!(closed.as_deref(), Some(name), "closed out of order");
        } else {
            let selfclosing = tag.ends_with('/');
            let mut element = element(tag.trim_end_matches('/'));
            element.inside = open.iter().map(|index| elements[*index].name.clone()).collect();
            if !selfclosing && !element.is(&VOID) {
                open.push(elements.len());
            }
            elements.push(element);
        }
        rest = after;
    }
    assert!(open.is_empty(), "left open: {open:?}");
    elements
}

fn add_text(elements: &mut [Element], open: &[usize], text: &str) {
    assert!(!text.contains('>'), "a bare > in {text:?}");
    for index in open {
        elements[*index].text.push_str(text);
    }
}

/// The inside of the tag that `rest` begins with, and what follows it. A `>` within quotes is text.
fn split_tag(rest: &str) -> (&str, &str) {
    let mut quoted = false;
    let end = rest.find(|letter| {
        quoted ^= letter == '"';
        letter == '>' && !quoted
    });
    let end = end.expect("every tag ends");
    (&rest[1..end], &rest[end + 1..])
}

fn element(tag: &str) -> Element {
    let (name, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let mut attributes: Vec<(String, String)> = vec![];
    while !rest.trim().is_empty() {
        let (attribute, after) = split_attribute(rest.trim_start());
        assert!(
            !attributes.iter().any(|(key, _)| *key == attribute.0),
            "{} twice in {tag:?}",
            attribute.0
        );
        attributes.push(attribute);
        rest = after;
    }
    Element { name: name.to_owned(), attributes, inside: vec![], text: String::new() }
}

fn split_attribute(rest: &str) -> ((String, String), &str) {
    let end = rest.find(|letter: char| letter == '=' || letter.is_whitespace());
    let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
    match after.strip_prefix("=\"") {
        Some(quoted) => {
            let (value, after) = quoted.split_once('"').expect("every quote ends");
            ((name.to_owned(), value.to_owned()), after)
        }
        None => ((name.to_owned(), String::new()), after),
    }
}

/// What holds for every page.
pub(super) fn check(name: &str, html: &str) -> Vec<Element> {
    let elements = parse(html);
    no_inline_code(name, &elements);
    ids_are_unique_and_resolve(name, &elements);
    every_control_has_a_label(name, &elements);
    headings_are_in_order(name, &elements);
    links_say_something(name, &elements);
    let html = elements.first().filter(|first| first.name == "html");
    let language = html.and_then(|html| html.attribute("lang")).unwrap_or_default();
    assert!(Language::ALL.iter().any(|ours| ours.tag() == language), "{name}: {language}");
    elements
}

fn no_inline_code(name: &str, elements: &[Element]) {
    for element in elements {
        assert_ne!(element.name, "style", "{name}");
        for (key, value) in &element.attributes {
            assert!(key != "style" && !key.starts_with("on"), "{name}: {key}={value}");
            assert!(!value.trim_start().starts_with("javascript:"), "{name}: {key}={value}");
        }
        if element.name == "script" {
            assert!(element.text.is_empty(), "{name}: a script with a body");
            assert!(element.attribute("src").is_some_and(|src| src.starts_with("/assets/")));
        }
    }
}

fn ids_are_unique_and_resolve(name: &str, elements: &[Element]) {
    let mut ids = HashSet::new();
    for id in elements.iter().filter_map(|element| element.attribute("id")) {
        assert!(ids.insert(id), "{name}: two elements are #{id}");
    }
    for element in elements {
        for key in ["aria-labelledby", "aria-describedby", "for"] {
            for id in element.attribute(key).unwrap_or_default().split_whitespace() {
                assert!(ids.contains(id), "{name}: {key} names a missing #{id}");
            }
        }
    }
}

fn every_control_has_a_label(name: &str, elements: &[Element]) {
    let labelled: HashSet<&str> = elements
        .iter()
        .filter(|element| element.name == "label" && !element.text.trim().is_empty())
        .filter_map(|label| label.attribute("for"))
        .collect();
    for control in elements.iter().filter(|element| element.is(&["input", "select", "textarea"])) {
        let hidden = control.attribute("type") == Some("hidden");
        let named = control.attribute("id").is_some_and(|id| labelled.contains(id));
        let within = control.inside.iter().any(|outer| outer == "label");
        assert!(hidden || named || within, "{name}: no label for {control:?}");
    }
    for button in elements.iter().filter(|element| element.is(&["button", "summary"])) {
        assert!(!button.text.trim().is_empty(), "{name}: {button:?} says nothing");
    }
}

fn headings_are_in_order(name: &str, elements: &[Element]) {
    let levels: Vec<usize> = elements
        .iter()
        .filter_map(|element| ["h1", "h2", "h3", "h4"].iter().position(|tag| *tag == element.name))
        .collect();
    assert_eq!(levels.iter().filter(|level| **level == 0).count(), 1, "{name}: one h1");
    assert_eq!(levels.first(), Some(&0), "{name}: the h1 is first");
    for pair in levels.windows(2) {
        assert!(pair[1] <= pair[0] + 1, "{name}: a heading level is skipped: {levels:?}");
    }
}

fn links_say_something(name: &str, elements: &[Element]) {
    for link in elements.iter().filter(|element| element.name == "a") {
        let words = link.attribute("aria-label").unwrap_or(&link.text);
        let is_logo = link.attribute("class") == Some("brand");
        assert!(is_logo || !words.trim().is_empty(), "{name}: {link:?} says nothing");
        assert!(link.attribute("href").is_some(), "{name}: {link:?} leads nowhere");
    }
}

#[test]
#[should_panic(expected = "closed out of order")]
fn an_element_closed_out_of_order_is_noticed() {
    parse("<!doctype html><p><b></p></b>");
}

#[test]
#[should_panic(expected = "no label")]
fn a_control_without_a_label_is_noticed() {
    let page = "<!doctype html><html lang=\"en\"><h1>A</h1><input name=\"a\"></html>";
    check("page", page);
}

#[test]
#[should_panic(expected = "onclick")]
fn inline_code_is_noticed() {
    check("page", "<!doctype html><html lang=\"en\"><h1 onclick=\"a()\">A</h1></html>");
}
