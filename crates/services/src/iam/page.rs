//! Pages: `Marker` and `MaxItems`, the same for every list of IAM.

/// Which part of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The last key of the page before.
    pub after: Option<String>,
    pub limit: usize,
}

impl Page {
    const LIMIT_DEFAULT: usize = 100;

    /// `max_items` has passed the model's check (1 to 1,000).
    #[must_use]
    pub fn new(marker: Option<String>, max_items: Option<i32>) -> Page {
        let limit = max_items.and_then(|items| usize::try_from(items).ok());
        Page { after: marker, limit: limit.unwrap_or(Page::LIMIT_DEFAULT) }
    }

    /// The page of an ordered list, and the marker of the next one when there is more.
    pub(super) fn take<T>(
        &self,
        items: impl Iterator<Item = (String, T)>,
    ) -> (Vec<T>, Option<String>) {
        let mut rest = items
            .skip_while(|(key, _)| self.after.as_ref().is_some_and(|after| key <= after))
            .peekable();
        let mut page = Vec::new();
        let mut last = None;
        while page.len() < self.limit {
            let Some((key, item)) = rest.next() else { break };
            page.push(item);
            last = Some(key);
        }
        let next = last.filter(|_| rest.peek().is_some());
        (page, next)
    }
}
