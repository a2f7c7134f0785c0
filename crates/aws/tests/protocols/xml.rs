//! Just enough XML to compare two answers: elements and text, no attributes, no comments.

/// An element with its text and its children.
#[derive(Debug, Default)]
struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

/// Whether siblings of one name are a list, or entries of a map, which have no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Siblings {
    Ordered,
    Unordered,
}

/// The document as indented lines. Members of a structure have no order, so siblings of different
/// names are sorted.
pub(crate) fn shown(document: &str, siblings: Siblings) -> String {
    let mut open: Vec<Element> = vec![Element::default()];
    let mut rest = document.trim();
    while !rest.is_empty() {
        if let Some((_, after)) = rest.strip_prefix("<?").and_then(|rest| rest.split_once("?>")) {
            rest = after;
        } else if let Some((tag, after)) = rest.strip_prefix('<').and_then(|r| r.split_once('>')) {
            rest = after;
            if tag.starts_with('/') {
                let closed = open.pop().expect("an element is open");
                open.last_mut().expect("the root is open").children.push(closed);
                continue;
            }
            let name = tag.split_whitespace().next().unwrap_or_default().trim_end_matches('/');
            let element = Element { name: name.to_owned(), ..Element::default() };
            if tag.ends_with('/') {
                open.last_mut().expect("the root is open").children.push(element);
            } else {
                open.push(element);
            }
        } else {
            let (text, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
            open.last_mut().expect("the root is open").text.push_str(text.trim());
            rest = after;
        }
    }
    let root = open.pop().expect("the root is never closed");
    lines(&root, siblings, 0)
}

fn lines(element: &Element, siblings: Siblings, depth: usize) -> String {
    let mut children: Vec<(&str, String)> = element
        .children
        .iter()
        .map(|child| (child.name.as_str(), lines(child, siblings, depth + 1)))
        .collect();
    match siblings {
        Siblings::Ordered => children.sort_by_key(|(name, _)| *name),
        Siblings::Unordered => children.sort(),
    }
    let indent = " ".repeat(depth);
    let inner: String = children.into_iter().map(|(_, lines)| lines).collect();
    format!("{indent}{} {}\n{inner}", element.name, element.text)
}
