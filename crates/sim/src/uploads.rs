//! Multipart uploads: parts in blobs that are replaced, completed into objects, or aborted.
//!
//! A completion makes an object like a put does, so the shelf remembers what it may be. An upload
//! whose beginning was never answered is nobody's; its rows stay, and name no blob.

use crate::ledger::Certainty;
use crate::objects;
use crate::shelf;
use crate::world::{Asked, World};
use tidemill_services::s3::checksums::md5;
use tidemill_services::s3::model::{ETag, UploadId};

/// Uploads under way at once.
const UPLOADS_MAX: usize = 4;

/// An upload as its client knows it.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) key: String,
    pub(crate) id: UploadId,
    /// The number of the contents that the one part surely has.
    part: Option<u64>,
}

impl Upload {
    pub(crate) fn begun(key: String, id: UploadId) -> Upload {
        Upload { key, id, part: None }
    }
}

impl World {
    /// A client begins an upload, or goes on with one.
    pub(crate) fn upload(&mut self) {
        let begins = self.uploads.len() < UPLOADS_MAX && self.random.one_in(3);
        let index = self.random.index(self.uploads.len()).filter(|_| !begins);
        let Some(index) = index else {
            let key = shelf::key(self.random.below(shelf::KEYS));
            return self.submit(objects::create_upload(&key), Asked::BeginUpload { key });
        };
        match self.random.below(10) {
            0..6 => self.upload_part(index),
            6..9 => self.complete_upload(index),
            _ => {
                let Upload { key, id, .. } = self.uploads.swap_remove(index);
                self.submit(objects::abort_upload(&key, id), Asked::Anything("S3"));
            }
        }
    }

    fn upload_part(&mut self, index: usize) {
        self.sends += 1;
        let content = self.sends;
        let data = shelf::data(content);
        let Some(blob) = self.write_blob(&data) else { return };
        let Some(upload) = self.uploads.get_mut(index) else { return };
        // Until the answer it may have either contents, and cannot be completed.
        upload.part = None;
        let (key, id) = (upload.key.clone(), upload.id);
        self.submit(objects::upload_part(&key, id, &data, blob), Asked::UploadPart { id, content });
    }

    pub(crate) fn part_ended(&mut self, id: UploadId, content: u64, how: Certainty) {
        if how == Certainty::Acknowledged
            && let Some(upload) = self.uploads.iter_mut().find(|upload| upload.id == id)
        {
            upload.part = Some(content);
        }
    }

    fn complete_upload(&mut self, index: usize) {
        let Some(Upload { part: Some(content), .. }) = self.uploads.get(index) else { return };
        let content = *content;
        let Upload { key, id, .. } = self.uploads.swap_remove(index);
        self.sends += 1;
        let number = self.sends;
        self.shelf.asked(&key, number, Some(content));
        let etag = ETag::of_md5(md5(&shelf::data(content))).to_string();
        self.submit(objects::complete_upload(&key, id, etag), Asked::Shelve { key, number });
    }
}
