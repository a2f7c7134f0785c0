//! The small languages that AWS's services are told what to do in: filter policies today.
//!
//! ```text
//! text ─▶ parse (once, with AWS's refusals) ─▶ a compiled form ─▶ evaluate against a document
//! ```
//!
//! # Invariants
//!
//! - Pure: no I/O, clock, chance, thread or hash-map iteration. The same text and the same document
//!   give the same answer and the same amount of work.
//! - Bounded: evaluation counts its steps, so that a caller inside apply can stop in time; nothing
//!   recurses deeper than what was parsed, and what is parsed is limited in depth.
//! - No foreign text can make anything here panic.
//!
//! It knows no service and no wire: who owns a policy, and what a refusal is called there, is the
//! caller's affair.

pub mod filter;
