//! QueryBusinessInfo as a type: what a form is made of at a site.

use kingdee_k3cloud_sdk::ErrorKind;

use crate::support::{FORM, Script, client, reply, site};

#[tokio::test]
async fn a_form_tells_its_fields_which_are_required_and_what_they_refer_to() {
    let form = client(&site().build()).business_info(FORM).await.unwrap();
    assert_eq!((form.id.as_str(), form.name.of(2052)), (FORM, Some("销售退货单")));
    let (part, material) = form.field("fmaterialid").unwrap();
    assert_eq!((part.key.as_str(), material.key.as_str()), ("FEntity", "FMaterialId"));
    assert_eq!((material.must_input, material.look_up_form.as_deref()), (true, Some("BD_MATERIAL")));
    assert!(!form.entity("fbillhead").unwrap().field("FHeadNote").unwrap().must_input);
    assert!(form.operations.iter().any(|operation| operation.number == "UnAudit"));
    assert!(form.field("F_NONE").is_none());
}

#[tokio::test]
async fn a_form_that_the_site_does_not_have_is_an_error() {
    let error = client(&site().build()).business_info("X").await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Refused { .. }) && error.to_string().contains('X'), "{error}");
}

#[tokio::test]
async fn nulls_texts_and_numbers_are_taken_wherever_they_come() {
    let text = r#"{"Result":{"ResponseStatus":null,"NeedReturnData":{"Id":"X","Name":null,"Entrys":[
        {"Key":null,"Fields":[
            {"Key":"FA","Name":[{"Key":1033,"Value":"A"}],"MustInput":"1","FieldType":1},
            {"Key":"FB","Name":null,"MustInput":null,"FieldType":null,"LookUpObjectFormId":null}]}]}}}"#;
    let form = Script::new(vec![reply(200, text)]).client.business_info("X").await.unwrap();
    let [a, b] = &form.entities[0].fields[..] else { panic!() };
    assert_eq!((a.must_input, a.field_type.as_str(), a.name.of(2052)), (true, "1", Some("A")));
    assert_eq!((b.must_input, b.name.of(2052), &b.look_up_form), (false, None, &None));
}
