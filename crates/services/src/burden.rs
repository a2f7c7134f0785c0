//! What a command asks of the disk, so that a disk that is nearly full refuses the right ones.
//!
//! Every command is in this one table, whatever its service, because the answer is one policy: a
//! consumer must be able to empty a queue when nobody can fill it any more.

use crate::{Command, iam, lambda, logs, s3, sns, sqs};

/// What carrying out a command leaves on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Burden {
    /// It gives room back, ends what was begun, or is never written: done as long as the log can
    /// be written at all.
    Nothing,
    /// An entry of the log, and nothing that outlives the next checkpoint but a row rewritten.
    Log,
    /// Something that was not there before: a message, an object, a resource, a tag.
    Data,
}

impl Command {
    #[must_use]
    pub fn burden(&self) -> Burden {
        match self {
            // What was accepted elsewhere, or is due: proposed by the core itself, and owed.
            Command::Tick | Command::Inbox(_) | Command::OutboxAck(..) => Burden::Nothing,
            Command::Sqs(command) => of_sqs(command),
            Command::S3(command) => of_s3(command),
            Command::Lambda(command) => of_lambda(command),
            Command::Logs(command) => of_logs(command),
            Command::Iam(command) => of_iam(command),
            Command::Sns(command) => of_sns(command),
        }
    }
}

fn of_sqs(command: &sqs::Command) -> Burden {
    use sqs::Command;
    match command {
        Command::DeleteQueue(_)
        | Command::RemovePermission(_)
        | Command::UntagQueue(_)
        | Command::PurgeQueue(_)
        | Command::DeleteMessage(_)
        | Command::DeleteMessageBatch(_)
        | Command::CancelMessageMoveTask(_)
        | Command::AwaitMessages(_)
        | Command::EndReceives(_) => Burden::Nothing,
        // A shorter retention is a way out of a full disk, and a move leaves as much as it finds.
        Command::SetQueueAttributes(_)
        | Command::ReceiveMessage(_)
        | Command::ChangeMessageVisibility(_)
        | Command::ChangeMessageVisibilityBatch(_)
        | Command::StartMessageMoveTask(_)
        | Command::EditMessage(_)
        | Command::PauseQueue(_)
        | Command::ResumeQueue(_) => Burden::Log,
        Command::CreateQueue(_)
        | Command::AddPermission(_)
        | Command::TagQueue(_)
        | Command::SendMessage(_)
        | Command::SendMessageBatch(_) => Burden::Data,
    }
}

fn of_s3(command: &s3::Command) -> Burden {
    use s3::Command;
    match command {
        Command::DeleteBucket(_)
        | Command::DeleteObject(_)
        | Command::DeleteObjects(_)
        | Command::AbortMultipartUpload(_)
        | Command::ForgetBlobs(_) => Burden::Nothing,
        // The parts are there already; what they replace goes.
        Command::PutBucketNotificationConfiguration(_) | Command::CompleteMultipartUpload(_) => {
            Burden::Log
        }
        Command::CreateBucket(_)
        | Command::PutObject(_)
        | Command::CreateMultipartUpload(_)
        | Command::UploadPart(_) => Burden::Data,
    }
}

fn of_lambda(command: &lambda::Command) -> Burden {
    use lambda::Command;
    match command {
        Command::DeleteFunction(_)
        | Command::InvocationDone { .. }
        | Command::RemovePermission { .. }
        | Command::UntagResource { .. }
        | Command::DeleteEventSourceMapping(_)
        | Command::WatchMappings { .. } => Burden::Nothing,
        Command::UpdateFunctionConfiguration(_)
        | Command::ReserveConcurrency { .. }
        | Command::UpdateEventSourceMapping { .. } => Burden::Log,
        Command::CreateFunction(_)
        | Command::UpdateFunctionCode(_)
        | Command::InvokeAsync { .. }
        | Command::AddPermission { .. }
        | Command::TagResource { .. }
        | Command::CreateEventSourceMapping(_) => Burden::Data,
    }
}

fn of_logs(command: &logs::Command) -> Burden {
    use logs::Command;
    match command {
        Command::DeleteLogGroup(_) => Burden::Nothing,
        Command::CreateLogGroup { .. }
        | Command::CreateLogStream { .. }
        | Command::PutLogEvents { .. } => Burden::Data,
    }
}

fn of_iam(command: &iam::Command) -> Burden {
    use iam::Command;
    match command {
        Command::DeleteIdentity(_)
        | Command::DeleteInlinePolicy { .. }
        | Command::Detach { .. }
        | Command::Untag { .. }
        | Command::DeletePolicy(_)
        | Command::DeletePolicyVersion { .. } => Burden::Nothing,
        Command::UpdateRole { .. } | Command::UpdateAssumeRolePolicy { .. } => Burden::Log,
        Command::CreateIdentity { .. }
        | Command::PutInlinePolicy { .. }
        | Command::Attach { .. }
        | Command::Tag { .. }
        | Command::CreatePolicy { .. }
        | Command::CreatePolicyVersion { .. } => Burden::Data,
    }
}

fn of_sns(command: &sns::Command) -> Burden {
    use sns::Command;
    match command {
        Command::DeleteTopic(_)
        | Command::RemovePermission(_)
        | Command::UntagResource(_)
        | Command::Unsubscribe(_)
        | Command::UnsubscribeUnsigned(_)
        | Command::Signed(_) => Burden::Nothing,
        // What is tried again is a row rewritten.
        Command::SetTopicAttributes(_)
        | Command::SetSubscriptionAttributes(_)
        | Command::ConfirmSubscription(_)
        | Command::HttpDone(_) => Burden::Log,
        Command::CreateTopic(_)
        | Command::AddPermission(_)
        | Command::TagResource(_)
        | Command::Subscribe(_)
        | Command::Publish(_)
        | Command::PublishBatch(_) => Burden::Data,
    }
}
