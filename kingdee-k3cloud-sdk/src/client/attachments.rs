//! Files of bills: attaching them and getting them back, piece by piece. What a piece is, is in `service/attachment`.

use super::Client;
use crate::error::{Error, ErrorKind};
use crate::service::Service;
use crate::service::attachment::{self, Attached, AttachedFile, Attachment};
use crate::text::Text;

impl Client {
    /// Attaches a file to a bill that exists (AttachmentUpLoad), in pieces of 4 MiB unless told.
    ///
    /// Each piece is a write of its own, which [leaves once at most](crate::Replay::Never), and has a deadline of its own. Where
    /// one fails, the [fate](Error::fate) is that piece's. Only the last one says that the file is whole, so that one that
    /// failed before is attached to nothing, as far as is known: nothing of it is sent again, begin anew. Where the fate of
    /// the last one is unknown, the file may be there: look at the bill first.
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// # use kingdee_k3cloud_sdk::{BatchSave, DynForm, Verdict, mock::Site};
    /// use kingdee_k3cloud_sdk::Attachment;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let site = Site::builder().build();
    /// # let client = site.client()?;
    /// # let saved = client.batch_save(&BatchSave::new(vec![DynForm::new("SAL_OUTSTOCK").number("FBillNo", "CK1")])).await?;
    /// # let Verdict::Saved { id, .. } = &saved[0] else { panic!("{saved:?}") };
    /// let note = Attachment::new("SAL_OUTSTOCK", id, "CK1", "note.txt", "two pieces are missing");
    /// let attached = client.attach(&note).await?;
    /// let file = client.attachment(&attached.file_id).await?;
    /// assert_eq!((file.name.as_str(), file.content.as_slice()), ("note.txt", "two pieces are missing".as_bytes()));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn attach(&self, attachment: &Attachment) -> Result<Attached, Error> {
        const SERVICE: Service = Service::write("AttachmentUpLoad");
        if let Some(why) = attachment.fault() {
            return Err(Error::request(SERVICE.short(), why.to_owned()));
        }
        let pieces = attachment.pieces();
        let last = pieces.len().saturating_sub(1);
        let mut file_id: Option<String> = None;
        let mut id = String::new();
        for (at, piece) in pieces.enumerate() {
            let body = SERVICE.written(attachment.body(piece, file_id.as_deref(), at == last))?;
            let read = |answer: crate::envelope::Answer| {
                let attached = attachment::attached(&answer.into_data()?)?;
                if at != last && attached.file_id.is_empty() {
                    let why = Text::new("应答没有 FileId", "the answer names no FileId for the next piece");
                    return Err(ErrorKind::Unreadable(why));
                }
                Ok(attached)
            };
            let attached = self.exchange(&SERVICE, body, read).await?;
            id = attached.id;
            // The first one names the file.
            if file_id.is_none() && !attached.file_id.is_empty() {
                file_id = Some(attached.file_id);
            }
        }
        Ok(Attached { file_id: file_id.unwrap_or_default(), id })
    }

    /// A file that was attached, by its id (AttachmentDownLoad), in as many pieces as the server makes of it. A file that comes
    /// short of what the server says of it is an error.
    pub async fn attachment(&self, file_id: &str) -> Result<AttachedFile, Error> {
        const SERVICE: Service = Service::read("AttachmentDownLoad");
        if file_id.trim().is_empty() {
            return Err(Error::request(SERVICE.short(), "the file has no id".to_owned()));
        }
        let unreadable = |zh, en| Error::of_read(SERVICE.short(), ErrorKind::Unreadable(Text::new(zh, en)));
        let (mut content, mut start) = (Vec::new(), 0);
        loop {
            let body = SERVICE.written(attachment::download(file_id, start))?;
            let part = self.exchange(&SERVICE, body, |answer| attachment::part(&answer.into_data()?)).await?;
            content.extend(part.bytes);
            if !part.is_last {
                start = part
                    .next
                    .filter(|next| *next > start)
                    .ok_or_else(|| unreadable("附件的下载没有前进", "the download stands still"))?;
                continue;
            }
            if part.file_size.is_some_and(|size| size != content.len() as u64) {
                return Err(unreadable("附件不完整", "the file is not as long as the server says"));
            }
            return Ok(AttachedFile { name: part.name, content });
        }
    }
}
