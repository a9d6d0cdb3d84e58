service = Land mutation
service-description = Moves the record of rights (khatian) of a plot into the names of those to whom it has passed: by sale, inheritance, gift or decree.

## Parties
party-applicant = Applicant (buyer)
party-seller = Seller

## Steps
step-pay-court = Pay the court fee
step-fill = Fill in the form and add the papers
step-pay-notice = Pay the notice fee and submit
step-khatian = Look-up in the record of rights
step-admit = Check of the papers
    .complete = The papers are complete
    .incomplete = Papers are missing or out of date
step-missing-papers = Supply missing papers
step-unsupplied = Papers not supplied
    .more-time = Give more time
    .reject = Reject
step-approval = Sanction of the district
    .agree = Agree
    .object = Object
step-field-report = Report of the union land office
    .done = Report
step-survey = Survey
    .done = Report
step-records = Review of the records
    .done = Reviewed
step-hearing = Hearing
    .held = It was held
    .adjourned = Adjourn
    .absent = The applicant stayed away
step-order = Order
    .approve = Approve
    .reject = Reject
    .hear = Hear the parties
    .send-back = Send back to the union land office
    .look-again = Look the record up again
step-pay-dcr = Pay for the record and the copies
step-finalise = Entry in the record of rights
step-restore = Restoring the khatian
step-restore-by-hand = Clearing the khatian before it is restored
    .again = Try again
    .cleared = Put right by other means
step-set-aside = Decision after a remedy

## Events
event-objection = Objection to the mutation

## Ends
end-issued = Khatian issued
end-rejected = Rejected
end-rejected-papers = Rejected: papers not supplied
end-annulled = Set aside: the khatian is as it was
end-lapsed = Lapsed: a fee or the form did not arrive in time

## Reasons
reason-set-aside = The order was set aside on review or on appeal.
reason-absent = The applicant did not come to the hearing, though invited in time.
reason-papers-missing = A required paper is missing.
reason-papers-stale = A paper is out of date or cannot be read.
reason-title = The seller's title is not proved.
reason-possession = The possession of the plot does not follow the deed.
reason-holding-too-small = The seller does not hold the quantity sold in this plot.
reason-record-not-found = The khatian, or the plot in it, was not found.
reason-record-changed = The khatian was changed by another case before this one was recorded.
reason-government-interest = The government has an interest in the land.

## Documents
document-photo = Photograph of each applicant
document-identity = Identity document of each applicant
document-tax-receipt = Latest receipt of the land development tax
document-latest-record = Latest record of rights (khatian)
document-deed = Deed of sale
document-earlier-deeds = Earlier deeds, back to the last record
document-representative-letter = Letter or power of attorney of the representative

## Fees
fee-court = Court fee
    .court = Court fee on the application
fee-notice = Notice fee
    .notice = Notice
    .further = Notice to further persons
fee-dcr = Fee for the record (DCR)
    .record = Correction of the record
    .copies = Copies of the khatian

## Notices of this service
notice-shares = The shares of the applicants in case { $reference } do not make up a whole. Please enter them again so that their sum is exactly 1 (for three equal shares: 0.3333, 0.3333 and 0.3334).
    .subject = Please correct the shares: { $reference }
notice-named-twice = Somebody stands twice among the applicants of case { $reference }. Please enter everybody once, with the whole share.
    .subject = An applicant is named twice: { $reference }
notice-seller-informed = Somebody has asked for the mutation of land that is recorded in your name (case { $reference }). If you have not sold it, answer this message or go to { $office } at once.
    .subject = A mutation of your land was asked for: { $reference }
notice-record-restored = The entry from case { $reference } was set aside. Your khatian is as it was before.
    .subject = Your khatian is restored: { $reference }
notice-seller-record-changed = The land that you sold (case { $reference }) has been entered in the buyers' names. Your khatian now shows what remains to you.
    .subject = Your khatian has changed: { $reference }
notice-papers-asked = Papers are missing in case { $reference }, or are out of date. The reasons stand in the case. Please supply them within the time shown there; the legal time limit stands still until you have.
    .subject = Papers are missing: { $reference }
notice-objection-raised = The seller has objected to the mutation in case { $reference }. Whoever decides takes the objection into account; write to the office if you want to answer it.
    .subject = The seller has objected: { $reference }
notice-record-changed = Another case changed the khatian before yours ({ $reference }) was entered. Nothing that you have given or paid is lost: the record is looked up again and the land office examines your case once more.
    .subject = The record has changed: { $reference }

## Registers
register-mouzas = Mouzas and their offices
register-khatians = Records of rights (khatians)

## Certificates
certificate-khatian = Mutation khatian
certificate-khatian-intro = Record of rights, made after mutation under the State Acquisition and Tenancy Act 1950.
certificate-khatian-number = Khatian number
certificate-khatian-previous = From khatian
certificate-jl = JL number
certificate-plots = Plots
certificate-holders = Holders
certificate-dag = Plot (dag)
certificate-land-class = Class of land
certificate-quantity = Quantity (decimals of an acre)
certificate-name = Name
certificate-share = Share
certificate-case = Case
certificate-decided = Ordered on
certificate-office = Office
certificate-issued = Issued on
certificate-code = Code
certificate-verify = Scan the code, or open the address, to see whether this document is genuine and still valid. It is valid without a signature.
certificate-dcr = Receipt for the correction of the record (DCR)
certificate-dcr-intro = Received for the correction of the record of rights and for copies of the khatian.
certificate-payer = Received from
certificate-amount = Amount
certificate-copies = Copies
land-class-homestead = Homestead
land-class-arable = Arable
land-class-orchard = Orchard
land-class-pond = Pond
land-class-commercial = Commercial

## Fields of the form
field-kind = Kind of transfer
    .sale = Sale
field-mouza = Mouza
field-khatian = Number of the seller's khatian
field-dag = Plot number (dag)
field-quantity = Quantity sold, in decimals of an acre
field-deed = Deed
field-deed-number = Deed number
field-deed-date = Date of the deed
field-deed-registry-office = Registry office
field-applicants = Applicants (buyers)
field-seller = Seller
field-by-representative = A representative applies
field-representative = Representative
field-representative-person = Who represents
field-representative-relationship = Relationship to the applicants
    .family = Member of the family
    .lawyer = Lawyer
    .employee = Employee
    .other = Other
field-representative-mandate = Kind of mandate
    .letter = Letter
    .power-of-attorney = Power of attorney
field-already-mutated = The seller's own purchase is already in the record
field-copies = Number of copies of the khatian
field-number = Number of the new khatian
field-notes = Remarks

## Fields of the officers' forms
field-visited-on = Date of the visit
field-clean = Papers, possession and record agree
field-possession = In possession
    .applicant = The applicant
    .seller = The seller
    .other = Somebody else
field-findings = Findings
field-government-land = Touches land of the government
field-boundaries-agree = Boundaries agree with the map
field-survey-remarks = Surveyor's remarks
field-chain-complete = The chain of deeds is complete
field-records-remarks = Remarks on the records
field-objection-grounds = Grounds of the objection

## Persons in the form
field-applicants-name = Name
field-applicants-identifier = Identity document
field-applicants-identifier-type = Kind of identity document
    .national-id = National identity card
    .birth-certificate = Birth certificate
    .passport = Passport
    .tax-number = Tax number
field-applicants-identifier-value = Number of the identity document
field-applicants-birth-date = Date or year of birth
field-applicants-sex = Sex
    .female = Female
    .male = Male
    .other = Other
field-applicants-phone = Telephone
field-applicants-email = E-mail
field-applicants-share = Share in the new khatian (all shares together make 1)
field-applicants-address = Address
field-applicants-address-lines = Address lines
field-applicants-address-area = Area code
field-applicants-address-postcode = Postcode

field-seller-name = Name
field-seller-identifier = Identity document
field-seller-identifier-type = Kind of identity document
    .national-id = National identity card
    .birth-certificate = Birth certificate
    .passport = Passport
    .tax-number = Tax number
field-seller-identifier-value = Number of the identity document
field-seller-birth-date = Date or year of birth
field-seller-sex = Sex
    .female = Female
    .male = Male
    .other = Other
field-seller-phone = Telephone
field-seller-email = E-mail
field-seller-share = Share
field-seller-address = Address
field-seller-address-lines = Address lines
field-seller-address-area = Area code
field-seller-address-postcode = Postcode

field-representative-person-name = Name
field-representative-person-identifier = Identity document
field-representative-person-identifier-type = Kind of identity document
    .national-id = National identity card
    .birth-certificate = Birth certificate
    .passport = Passport
    .tax-number = Tax number
field-representative-person-identifier-value = Number of the identity document
field-representative-person-birth-date = Date or year of birth
field-representative-person-sex = Sex
    .female = Female
    .male = Male
    .other = Other
field-representative-person-phone = Telephone
field-representative-person-email = E-mail
field-representative-person-share = Share
field-representative-person-address = Address
field-representative-person-address-lines = Address lines
field-representative-person-address-area = Area code
field-representative-person-address-postcode = Postcode

## Remedies
hold-court-order = A civil court has forbidden changes of the record for the time being
remedy-review = Review by the same office
remedy-appeal = Appeal

## Other ways in which land passes on
party-neighbour = Neighbour
document-warisan = Heir certificate
document-partition-deed = Partition deed
document-heba-deed = Deed of gift
document-judgment = Judgment and decree
field-died-on = Day of death
field-decree = Decree
field-decree-court = Court
field-decree-number = Number of the decree
field-decree-date = Day of the decree
field-neighbours = Neighbours
field-neighbours-name = Name
field-neighbours-identifier = Identity document
field-neighbours-identifier-type = Kind of identity document
field-neighbours-identifier-value = Number of the identity document
field-neighbours-birth-date = Date or year of birth
field-neighbours-sex = Sex
field-neighbours-phone = Telephone
field-neighbours-email = E-mail
field-neighbours-share = Share
field-neighbours-address = Address
field-neighbours-address-lines = Address lines
field-neighbours-address-area = Area code
field-neighbours-address-postcode = Postcode
