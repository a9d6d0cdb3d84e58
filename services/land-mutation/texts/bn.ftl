service = নামজারি
service-description = বিক্রয়, উত্তরাধিকার, হেবা বা আদালতের ডিক্রিতে প্রাপ্ত জমির খতিয়ান নতুন মালিকের নামে করা।

## পক্ষ
party-applicant = আবেদনকারী (ক্রেতা)
party-seller = বিক্রেতা

## ধাপ
step-pay-court = কোর্ট ফি প্রদান
step-fill = ফরম পূরণ ও কাগজপত্র সংযোজন
step-pay-notice = নোটিশ ফি প্রদান ও দাখিল
step-khatian = খতিয়ান যাচাই
step-admit = কাগজপত্র পরীক্ষা
    .complete = কাগজপত্র সম্পূর্ণ
    .incomplete = কাগজপত্র অসম্পূর্ণ বা পুরোনো
step-missing-papers = ঘাটতি কাগজপত্র দাখিল
step-unsupplied = কাগজপত্র দাখিল হয়নি
    .more-time = আরও সময় দিন
    .reject = নামঞ্জুর করুন
step-approval = জেলার অনুমোদন
    .agree = সম্মতি দিন
    .object = আপত্তি জানান
step-field-report = ইউনিয়ন ভূমি অফিসের প্রতিবেদন
    .done = প্রতিবেদন দিন
step-survey = জরিপ
    .done = প্রতিবেদন দিন
step-records = রেকর্ড পর্যালোচনা
    .done = পর্যালোচনা সম্পন্ন
step-hearing = শুনানি
    .held = শুনানি হয়েছে
    .adjourned = মুলতবি করুন
    .absent = আবেদনকারী অনুপস্থিত
step-order = আদেশ
    .approve = অনুমোদন করুন
    .reject = নামঞ্জুর করুন
    .hear = পক্ষদের শুনানি নিন
    .send-back = ইউনিয়ন ভূমি অফিসে ফেরত পাঠান
    .look-again = রেকর্ড আবার খুঁজে দেখুন
step-pay-dcr = রেকর্ড সংশোধন ও অনুলিপির ফি প্রদান
step-finalise = খতিয়ানে লিপিবদ্ধকরণ
step-restore = খতিয়ান পূর্বাবস্থায় ফেরানো
step-restore-by-hand = ফেরানোর আগে খতিয়ান যাচাই
    .again = আবার চেষ্টা করুন
    .cleared = অন্যভাবে সংশোধিত
step-set-aside = প্রতিকারের পর সিদ্ধান্ত

## ঘটনা
event-objection = নামজারির বিরুদ্ধে আপত্তি

## সমাপ্তি
end-issued = খতিয়ান প্রদান করা হয়েছে
end-rejected = নামঞ্জুর
end-rejected-papers = নামঞ্জুর: কাগজপত্র দাখিল হয়নি
end-annulled = আদেশ বাতিল: খতিয়ান পূর্বাবস্থায়
end-lapsed = তামাদি: সময়মতো ফি বা ফরম পাওয়া যায়নি

## কারণ
reason-set-aside = পুনর্বিবেচনা বা আপিলে আদেশ বাতিল হয়েছে।
reason-absent = যথাসময়ে জানানো সত্ত্বেও আবেদনকারী শুনানিতে আসেননি।
reason-papers-missing = প্রয়োজনীয় কাগজ দাখিল করা হয়নি।
reason-papers-stale = কাগজ মেয়াদোত্তীর্ণ বা অপাঠ্য।
reason-title = বিক্রেতার মালিকানা প্রমাণিত হয়নি।
reason-possession = জমির দখল দলিলের সঙ্গে মেলে না।
reason-holding-too-small = এই দাগে বিক্রীত পরিমাণ জমি বিক্রেতার নেই।
reason-record-not-found = খতিয়ান বা খতিয়ানে উক্ত দাগ পাওয়া যায়নি।
reason-record-changed = এই আবেদন লিপিবদ্ধ হওয়ার আগেই অন্য মামলায় খতিয়ান পরিবর্তিত হয়েছে।
reason-government-interest = জমিতে সরকারি স্বার্থ রয়েছে।

## কাগজপত্র
document-photo = প্রত্যেক আবেদনকারীর ছবি
document-identity = প্রত্যেক আবেদনকারীর পরিচয়পত্র
document-tax-receipt = সর্বশেষ ভূমি উন্নয়ন করের দাখিলা
document-latest-record = সর্বশেষ খতিয়ান
document-deed = বিক্রয় দলিল
document-earlier-deeds = সর্বশেষ রেকর্ড পর্যন্ত বায়া দলিল
document-representative-letter = প্রতিনিধির ক্ষমতাপত্র বা আমমোক্তারনামা

## ফি
fee-court = কোর্ট ফি
    .court = আবেদনের কোর্ট ফি
fee-notice = নোটিশ ফি
    .notice = নোটিশ জারি
    .further = অতিরিক্ত ব্যক্তির নোটিশ জারি
fee-dcr = রেকর্ড সংশোধন ফি (ডিসিআর)
    .record = রেকর্ড সংশোধন
    .copies = খতিয়ানের অনুলিপি

## এই সেবার বিজ্ঞপ্তি
notice-shares = { $reference } নম্বর মামলায় আবেদনকারীদের অংশের যোগফল পূর্ণ এক হয়নি। যোগফল ঠিক ১ হয় এমনভাবে অংশগুলো আবার লিখুন (তিনটি সমান অংশ হলে: ০.৩৩৩৩, ০.৩৩৩৩ ও ০.৩৩৩৪)।
    .subject = অংশ সংশোধন করুন: { $reference }
notice-named-twice = মামলা { $reference }-এর আবেদনকারীদের মধ্যে একজনের নাম দুইবার আছে। অনুগ্রহ করে প্রত্যেককে একবার, সম্পূর্ণ অংশসহ লিখুন।
    .subject = একজন আবেদনকারীর নাম দুইবার আছে: { $reference }
notice-seller-informed = আপনার নামে রেকর্ডভুক্ত জমির নামজারির জন্য আবেদন করা হয়েছে (মামলা { $reference })। আপনি জমিটি বিক্রি না করে থাকলে এই বার্তার উত্তর দিন অথবা অবিলম্বে { $office }-এ যোগাযোগ করুন।
    .subject = আপনার জমির নামজারির আবেদন হয়েছে: { $reference }
notice-record-restored = { $reference } নম্বর মামলার লিপি বাতিল হয়েছে। আপনার খতিয়ান আগের অবস্থায় আছে।
    .subject = আপনার খতিয়ান পূর্বাবস্থায়: { $reference }
notice-seller-record-changed = আপনার বিক্রীত জমি (মামলা { $reference }) ক্রেতার নামে লিপিবদ্ধ হয়েছে। আপনার খতিয়ানে এখন অবশিষ্ট জমি দেখানো আছে।
    .subject = আপনার খতিয়ান পরিবর্তিত হয়েছে: { $reference }
notice-papers-asked = { $reference } নম্বর মামলায় কাগজপত্রের ঘাটতি আছে অথবা কোনো কাগজ পুরোনো। কারণ মামলায় উল্লেখ করা আছে। সেখানে দেখানো সময়ের মধ্যে কাগজ দাখিল করুন; দাখিল না করা পর্যন্ত আইনি সময়সীমা স্থগিত থাকবে।
    .subject = কাগজপত্রের ঘাটতি: { $reference }
notice-objection-raised = { $reference } নম্বর মামলায় বিক্রেতা নামজারির বিরুদ্ধে আপত্তি জানিয়েছেন। সিদ্ধান্তের সময় আপত্তিটি বিবেচনা করা হবে; জবাব দিতে চাইলে অফিসকে লিখুন।
    .subject = বিক্রেতা আপত্তি জানিয়েছেন: { $reference }
notice-record-changed = আপনার আবেদন ({ $reference }) লিপিবদ্ধ হওয়ার আগে অন্য একটি মামলায় খতিয়ানটি পরিবর্তিত হয়েছে। আপনি যা জমা দিয়েছেন বা পরিশোধ করেছেন তার কিছুই নষ্ট হয়নি: খতিয়ান আবার যাচাই করা হচ্ছে এবং ভূমি অফিস আপনার আবেদন আবার পরীক্ষা করবে।
    .subject = খতিয়ান পরিবর্তিত হয়েছে: { $reference }

## রেজিস্টার
register-mouzas = মৌজা ও সংশ্লিষ্ট অফিস
register-khatians = খতিয়ান

## সনদ
certificate-khatian = নামজারি খতিয়ান
certificate-khatian-intro = রাষ্ট্রীয় অধিগ্রহণ ও প্রজাস্বত্ব আইন ১৯৫০ অনুযায়ী নামজারির পর প্রস্তুতকৃত খতিয়ান।
certificate-khatian-number = খতিয়ান নম্বর
certificate-khatian-previous = যে খতিয়ান থেকে আগত
certificate-jl = জেএল নম্বর
certificate-plots = দাগসমূহ
certificate-holders = মালিকগণ
certificate-dag = দাগ নম্বর
certificate-land-class = জমির শ্রেণি
certificate-quantity = জমির পরিমাণ (শতক)
certificate-name = নাম
certificate-share = অংশ
certificate-case = মামলা নম্বর
certificate-decided = আদেশের তারিখ
certificate-office = অফিস
certificate-issued = প্রদানের তারিখ
certificate-code = কোড
certificate-verify = এই দলিলটি খাঁটি ও বহাল কি না তা দেখতে কোডটি স্ক্যান করুন অথবা ঠিকানাটি খুলুন। স্বাক্ষর ছাড়াই এটি বৈধ।
certificate-dcr = রেকর্ড সংশোধনের রসিদ (ডিসিআর)
certificate-dcr-intro = খতিয়ান সংশোধন ও খতিয়ানের অনুলিপি বাবদ গৃহীত হলো।
certificate-payer = প্রদানকারী
certificate-amount = টাকার পরিমাণ
certificate-copies = অনুলিপির সংখ্যা
land-class-homestead = বাস্তু
land-class-arable = নাল
land-class-orchard = বাগান
land-class-pond = পুকুর
land-class-commercial = বাণিজ্যিক

## ফরমের ঘর
field-kind = হস্তান্তরের ধরন
    .sale = বিক্রয়
field-mouza = মৌজা
field-khatian = বিক্রেতার খতিয়ান নম্বর
field-dag = দাগ নম্বর
field-quantity = বিক্রীত জমির পরিমাণ (শতক)
field-deed = দলিল
field-deed-number = দলিল নম্বর
field-deed-date = দলিলের তারিখ
field-deed-registry-office = সাব-রেজিস্ট্রি অফিস
field-applicants = আবেদনকারীগণ (ক্রেতা)
field-seller = বিক্রেতা
field-by-representative = প্রতিনিধির মাধ্যমে আবেদন
field-representative = প্রতিনিধি
field-representative-person = প্রতিনিধির পরিচয়
field-representative-relationship = আবেদনকারীর সঙ্গে সম্পর্ক
    .family = পরিবারের সদস্য
    .lawyer = আইনজীবী
    .employee = কর্মচারী
    .other = অন্যান্য
field-representative-mandate = ক্ষমতা অর্পণের ধরন
    .letter = ক্ষমতাপত্র
    .power-of-attorney = আমমোক্তারনামা
field-already-mutated = বিক্রেতার নামে জমিটি আগেই নামজারি করা আছে
field-copies = খতিয়ানের অনুলিপির সংখ্যা
field-number = নতুন খতিয়ানের নম্বর
field-notes = মন্তব্য

## কর্মকর্তাদের ফরমের ঘর
field-visited-on = সরেজমিন পরিদর্শনের তারিখ
field-clean = কাগজপত্র, দখল ও রেকর্ড পরস্পর মেলে
field-possession = দখলে আছেন
    .applicant = আবেদনকারী
    .seller = বিক্রেতা
    .other = অন্য কেউ
field-findings = প্রাপ্ত তথ্য
field-government-land = সরকারি জমির সঙ্গে সম্পৃক্ত
field-boundaries-agree = সীমানা নকশার সঙ্গে মেলে
field-survey-remarks = সার্ভেয়ারের মন্তব্য
field-chain-complete = দলিলের ধারাবাহিকতা সম্পূর্ণ
field-records-remarks = রেকর্ড সম্পর্কে মন্তব্য
field-objection-grounds = আপত্তির কারণ

## ফরমে উল্লেখিত ব্যক্তি
field-applicants-name = নাম
field-applicants-identifier = পরিচয়পত্র
field-applicants-identifier-type = পরিচয়পত্রের ধরন
    .national-id = জাতীয় পরিচয়পত্র
    .birth-certificate = জন্ম নিবন্ধন সনদ
    .passport = পাসপোর্ট
    .tax-number = কর শনাক্তকরণ নম্বর
field-applicants-identifier-value = পরিচয়পত্রের নম্বর
field-applicants-birth-date = জন্মতারিখ বা জন্মসাল
field-applicants-sex = লিঙ্গ
    .female = নারী
    .male = পুরুষ
    .other = অন্যান্য
field-applicants-phone = টেলিফোন
field-applicants-email = ই-মেইল
field-applicants-share = নতুন খতিয়ানে অংশ (সব অংশের যোগফল ১)
field-applicants-address = ঠিকানা
field-applicants-address-lines = ঠিকানার বিবরণ
field-applicants-address-area = এলাকার কোড
field-applicants-address-postcode = পোস্টকোড

field-seller-name = নাম
field-seller-identifier = পরিচয়পত্র
field-seller-identifier-type = পরিচয়পত্রের ধরন
    .national-id = জাতীয় পরিচয়পত্র
    .birth-certificate = জন্ম নিবন্ধন সনদ
    .passport = পাসপোর্ট
    .tax-number = কর শনাক্তকরণ নম্বর
field-seller-identifier-value = পরিচয়পত্রের নম্বর
field-seller-birth-date = জন্মতারিখ বা জন্মসাল
field-seller-sex = লিঙ্গ
    .female = নারী
    .male = পুরুষ
    .other = অন্যান্য
field-seller-phone = টেলিফোন
field-seller-email = ই-মেইল
field-seller-share = অংশ
field-seller-address = ঠিকানা
field-seller-address-lines = ঠিকানার বিবরণ
field-seller-address-area = এলাকার কোড
field-seller-address-postcode = পোস্টকোড

field-representative-person-name = নাম
field-representative-person-identifier = পরিচয়পত্র
field-representative-person-identifier-type = পরিচয়পত্রের ধরন
    .national-id = জাতীয় পরিচয়পত্র
    .birth-certificate = জন্ম নিবন্ধন সনদ
    .passport = পাসপোর্ট
    .tax-number = কর শনাক্তকরণ নম্বর
field-representative-person-identifier-value = পরিচয়পত্রের নম্বর
field-representative-person-birth-date = জন্মতারিখ বা জন্মসাল
field-representative-person-sex = লিঙ্গ
    .female = নারী
    .male = পুরুষ
    .other = অন্যান্য
field-representative-person-phone = টেলিফোন
field-representative-person-email = ই-মেইল
field-representative-person-share = অংশ
field-representative-person-address = ঠিকানা
field-representative-person-address-lines = ঠিকানার বিবরণ
field-representative-person-address-area = এলাকার কোড
field-representative-person-address-postcode = পোস্টকোড

## প্রতিকার
hold-court-order = দেওয়ানি আদালত আপাতত রেকর্ড পরিবর্তন নিষেধ করেছে
remedy-review = একই অফিসে পুনর্বিবেচনা
remedy-appeal = আপিল

## জমি হস্তান্তরের অন্যান্য পথ
party-neighbour = প্রতিবেশী
document-warisan = ওয়ারিশ সনদ
document-partition-deed = বণ্টননামা দলিল
document-heba-deed = হেবা দলিল
document-judgment = রায় ও ডিক্রি
field-died-on = মৃত্যুর তারিখ
field-decree = ডিক্রি
field-decree-court = আদালত
field-decree-number = ডিক্রি নম্বর
field-decree-date = ডিক্রির তারিখ
field-neighbours = প্রতিবেশীগণ
field-neighbours-name = নাম
field-neighbours-identifier = পরিচয়পত্র
field-neighbours-identifier-type = পরিচয়পত্রের ধরন
field-neighbours-identifier-value = পরিচয়পত্রের নম্বর
field-neighbours-birth-date = জন্মতারিখ বা জন্মসাল
field-neighbours-sex = লিঙ্গ
field-neighbours-phone = টেলিফোন
field-neighbours-email = ই-মেইল
field-neighbours-share = অংশ
field-neighbours-address = ঠিকানা
field-neighbours-address-lines = ঠিকানার বিবরণ
field-neighbours-address-area = এলাকার কোড
field-neighbours-address-postcode = পোস্টকোড
