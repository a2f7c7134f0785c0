//! The work that a request causes, in steps: what a test counts instead of time.

/// Notes that so many entries or chunks were looked at.
#[cfg(not(test))]
pub(super) fn note(_: usize) {}

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
pub(super) fn note(steps: usize) {
    STEPS.with(|noted| noted.set(noted.get() + steps));
}

/// The steps of this thread since the last call.
#[cfg(test)]
pub(super) fn take() -> usize {
    STEPS.with(std::cell::Cell::take)
}
