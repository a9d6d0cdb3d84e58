service = Founding a company
service-description = Registers a company with its founders, capital and name.

## Parties
party-applicant = Applicant
party-founder = Founder

## Steps
step-name = Reservation of the name
step-correct = Correct the application
step-sign = Signatures of the founders
event-registers-company-names-taken = Another company has taken the name
step-sign-again = Signatures for the other name
step-pay = Pay the registration fee
step-opinions = Opinions
step-tax = Opinion of the tax office
    .no-objection = No objection
    .object = Objection
    .barred = A founder may not found a company
step-municipality = Opinion of the municipality
    .no-objection = No objection
    .object = Objection
step-papers = Check of the papers
    .complete = The papers are complete
    .incomplete = Papers are missing
step-missing-papers = Supply missing papers
step-decision = Decision
    .register = Register
    .ask-again = Ask for opinions again
    .refuse = Refuse
step-enter = Entry in the register of companies
step-another-name = Choose another name
step-name-again = Reservation of the other name
step-announce = Entry among the organisations
step-announce-by-hand = Look at the entry
    .again = Enter again
    .entered = It is entered already
step-taxpayer = Taxpayer's number
step-certify = Certificate

## Ends
end-registered = Registered
end-refused = Refused
end-lapsed = Lapsed: not answered or not paid in time

## Reasons
reason-tax-debt = A founder owes taxes.
reason-founder-barred = A founder may not found a company, by a judgment.
reason-premises-unsuitable = The seat is not suitable for this business.
reason-papers-missing = A required paper is missing.

## Documents
document-articles = Articles of association
document-identity = Identity document of each founder
document-office-proof = Lease or proof of ownership of the seat
document-capital-proof = Proof that the capital is paid in

## Fees
fee-registration = Registration fee
    .base = Registration
    .capital = Share of the capital
    .expedited = Expedited handling

## Registers
register-companies = Companies
register-company-names = Names of companies

## Messages
notice-founded = { $name } was entered in the register of companies under the number { $number }.
    .subject = Company founded: { $name }
notice-name-taken = The name that you want in case { $reference } ({ $service }) is taken. Please choose another.
    .subject = Name taken: { $reference }
notice-shares-or-capital = In case { $reference } ({ $service }) the shares of the founders do not make up a whole, or the capital is less than the law asks. Please correct the application.
    .subject = Please correct: { $reference }
notice-papers-asked = Papers are missing in case { $reference } ({ $service }). Please send them by { $due }.
    .subject = Papers are missing: { $reference }

## Certificate
certificate-company = Certificate of registration
certificate-company-intro = The company named here is entered in the register of companies under the Companies (Registration) Act 2015.
field-number = Registration number
certificate-number = Registration number
certificate-case = Case
certificate-issued = Issued on
certificate-code = Code
certificate-verify = Scan the code, or open the address, to see whether this certificate is genuine. It is valid without a signature.
business-trade = Trade
business-manufacture = Manufacture
business-services = Services
business-agriculture = Agriculture

## Fields of the form
field-business = Business
    .trade = Trade
    .manufacture = Manufacture
    .services = Services
    .agriculture = Agriculture
field-capital = Capital
field-founders = Founders
field-founders-share = Share in the company (all shares together make 1)
field-address = Seat
field-expedited = Expedited handling, for a further fee

remedy-appeal = Appeal

field-founders-name = Name
field-founders-identifier = Identity document
field-founders-identifier-type = Kind of identity document
    .national-id = National identity card
    .birth-certificate = Birth certificate
    .passport = Passport
    .tax-number = Tax number
field-founders-identifier-value = Number of the identity document
field-founders-birth-date = Date or year of birth
field-founders-sex = Sex
    .female = Female
    .male = Male
    .other = Other
field-founders-phone = Telephone
field-founders-email = E-mail
field-founders-address = Address
field-founders-address-lines = Address lines
field-founders-address-area = Area code
field-founders-address-postcode = Postcode
field-address-lines = Address lines
field-address-area = Area code
field-address-postcode = Postcode
