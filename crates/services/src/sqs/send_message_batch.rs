//! `SendMessageBatch`: up to ten messages, each taken or refused by itself.

use super::model::{BATCH_BYTES_MAX, Batch, BatchFailure, BatchReply};
use super::send_message::Draft;
use super::{Error, NewMessage, QueueKey, Reply, Sent, State};
use crate::Work;
use kernel::{Caller, Outcome, Turn};
use minicbor::{Decode, Encode};
use tidemill_aws::generated::sqs::{
    BatchResultErrorEntry, SendMessageBatchInput, SendMessageBatchOutput,
    SendMessageBatchRequestEntry, SendMessageBatchResultEntry,
};
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct SendMessageBatch {
    #[n(0)]
    pub queue: QueueKey,
    #[n(1)]
    pub batch: Batch<NewMessage>,
}

pub(super) fn decode(input: SendMessageBatchInput, caller: &Caller) -> Result<Work, Error> {
    let SendMessageBatchInput { entries, queue_url } = input;
    let queue = QueueKey::from_url(caller, &queue_url)?;
    let batch = Batch::decode(
        entries,
        "SendMessageBatchRequestEntry",
        |entry| entry.id.clone(),
        |entry| draft(entry).decode(&queue, caller),
    )?;
    let bytes: usize = batch.entries.iter().map(|entry| entry.entry.size as usize).sum();
    if bytes > BATCH_BYTES_MAX {
        return Err(Error::BatchRequestTooLong { bytes });
    }
    let partition = queue.partition();
    let command = super::Command::SendMessageBatch(SendMessageBatch { queue, batch });
    Ok(Work::Command(partition, crate::Command::Sqs(command)))
}

fn draft(entry: SendMessageBatchRequestEntry) -> Draft {
    let SendMessageBatchRequestEntry {
        delay_seconds,
        id: _,
        message_attributes,
        message_body,
        message_deduplication_id,
        message_group_id,
        message_system_attributes,
    } = entry;
    Draft {
        delay_seconds,
        message_attributes,
        message_body,
        message_deduplication_id,
        message_group_id,
        message_system_attributes,
    }
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: SendMessageBatch,
) -> Result<Outcome<Reply>, Error> {
    let queue = state.queue_mut(turn.now(), &command.queue)?;
    let reply = command.batch.apply(|message| queue.send(turn, message));
    if !reply.successful.is_empty() {
        queue.wake(turn);
    }
    Ok(Outcome::Done(Reply::SentBatch(reply)))
}

pub(super) fn encode(reply: Reply) -> SendMessageBatchOutput {
    let Reply::SentBatch(reply) = reply else { super::mismatch("SendMessageBatch", &reply) };
    let BatchReply { successful, failed } = reply;
    let successful = successful.into_iter().map(|(id, sent)| encode_sent(id, &sent));
    SendMessageBatchOutput { failed: encode_failed(failed), successful: successful.collect() }
}

fn encode_sent(id: String, sent: &Sent) -> SendMessageBatchResultEntry {
    let digests = &sent.digests;
    SendMessageBatchResultEntry {
        id,
        md5_of_message_attributes: digests.attributes.map(|md5| md5.to_string()),
        md5_of_message_body: digests.body.to_string(),
        md5_of_message_system_attributes: digests.system_attributes.map(|md5| md5.to_string()),
        message_id: sent.message_id.to_string(),
        sequence_number: sent.sequence_number.map(|number| number.to_string()),
    }
}

/// Every refusal of a batch entry is the sender's: ours fail the whole request.
pub(super) fn encode_failed(failed: Vec<BatchFailure>) -> Vec<BatchResultErrorEntry> {
    failed
        .into_iter()
        .map(|BatchFailure { id, code, message }| BatchResultErrorEntry {
            code,
            id,
            message: Some(message),
            sender_fault: true,
        })
        .collect()
}
