service = Certificate of residence
service-description = States where a person lives and since when.

party-applicant = Applicant

step-look = Look-up in the register of residents
step-check = Check by a clerk
    .confirm = Confirm
    .refuse = Refuse
step-issue = Issue of the certificate

end-issued = Certificate issued
end-refused = Refused

reason-not-resident = The person does not live in the municipality.

certificate-residence = Certificate of residence
certificate-residence-intro = The municipality certifies under section 12 of the Local Government Act 2009 that the person named here is its resident.
certificate-name = Name
certificate-address = Address
certificate-since = Resident since
certificate-case = Case
certificate-office = Office
certificate-issued = Issued on
certificate-code = Code
certificate-verify = Scan the code, or open the address, to see whether this certificate is genuine and still valid. It is valid without a signature.

remedy-objection = Objection
