//! The catalogue itself: every right with its code, category and description.

use super::right::{Category, rights};

rights! {
    // User part: what people do from day to day.
    UserGeneral: {
        ExportManageOwn "export.manage_own"
            "Rette og slette egne Excel-udtræk" "Ändra och ta bort egna Excel-uttag" "Edit and delete own Excel exports";
        MessageSee "message.see"
            "Se beskeder fra administratorer" "Se meddelanden från administratörer" "See messages from administrators";
        UserSeeOwn "user.see_own"
            "Se egne oplysninger" "Se egna uppgifter" "See own information";
        HelpSee "help.see"
            "Se hjælp" "Se hjälp" "See help";
        CaseSearchFullPersonNumber "case.search_full_person_number"
            "Søge på hele CPR-nummeret; uden retten kun på de første seks cifre"
            "Söka på hela personnumret; utan rättigheten bara på de första sex siffrorna"
            "Search by the full person number; without the right only by its first six digits";
        StartLinkManage "start_link.manage"
            "Lave startlinks med forudfyldte felter" "Skapa startlänkar med förifyllda fält"
            "Make start links with prefilled fields";
        CaseStartByPersonNumber "case.start_by_person_number"
            "Starte sager for andre ved CPR-nummer, også når de ikke er i systemet"
            "Starta ärenden åt andra med personnummer, även när de inte finns i systemet"
            "Start cases for others by person number, also when they are not in the system";
        FileBoxUse "file_box.use"
            "Bruge egen filboks" "Använda egen fillåda" "Use one's own file box";
        LookupPerson "lookup.person"
            "Slå personer op" "Slå upp personer" "Look up persons";
        LookupServiceNumber "lookup.service_number"
            "Slå tjenestenumre op" "Slå upp tjänstenummer" "Look up service numbers";
        LookupEmployment "lookup.employment"
            "Slå ansættelser op" "Slå upp anställningar" "Look up employments";
        DeliveryTroubleshoot "delivery.troubleshoot"
            "Fejlsøge dataafleveringer" "Felsöka dataleveranser" "Troubleshoot deliveries";
        UserSearch "user.search"
            "Søge efter personer" "Söka efter personer" "Search for people";
        SessionLogOut "session.log_out"
            "Logge ud manuelt" "Logga ut manuellt" "Log out by hand";
        AutotextUse "autotext.use"
            "Bruge autotekster" "Använda autotexter" "Use autotexts";
        CaseChangeOwner "case.change_owner"
            "Skifte en sags ejer" "Byta ägare till ett ärende" "Change the owner of a case";
        PersonalDataSeeSensitive "personal_data.see_sensitive"
            "Se følsomme personoplysninger" "Se känsliga personuppgifter" "See sensitive personal data";
        SubstituteManageOwn "substitute.manage_own"
            "Udpege egne stedfortrædere" "Utse egna ersättare" "Name one's own substitutes";
    }
    UserCases: {
        CaseStart "case.start"
            "Starte sager fra aktive arbejdsgange" "Starta ärenden från aktiva arbetsflöden"
            "Start cases from active workflows";
        TaskWork "task.work"
            "Udføre opgaver, som man har fået eller kan tage" "Utföra uppgifter som man har fått eller kan ta"
            "Work on tasks that one has been given or may claim";
        CasePark "case.park"
            "Parkere sager og gemme kladder" "Parkera ärenden och spara utkast" "Park cases and save drafts";
        CaseSeeParallel "case.see_parallel"
            "Se sager, som flere udfylder samtidigt" "Se ärenden som flera fyller i samtidigt"
            "See cases that several people are filling in parallel";
        CaseSeeHidden "case.see_hidden"
            "Se sager, man ikke har deltaget i, når organisationen skjuler dem"
            "Se ärenden som man inte har deltagit i när organisationen döljer dem"
            "See cases one was not part of when the organisation hides them";
        CaseDelete "case.delete"
            "Slette sager og stoppe deres dataafleveringer" "Ta bort ärenden och stoppa deras dataleveranser"
            "Delete cases and stop their deliveries";
        CaseTakeOver "case.take_over"
            "Overtage sager og opgaver" "Ta över ärenden och uppgifter" "Take over cases and tasks";
        CaseStartForOthers "case.start_for_others"
            "Starte og udfylde på andres vegne" "Starta och fylla i åt andra" "Start or fill in for others";
        CaseSearchOwn "case.search_own"
            "Søge i egne sager" "Söka bland egna ärenden" "Search one's own cases";
        CaseSearchGroups "case.search_groups"
            "Søge i egne rettighedsgruppers sager" "Söka bland egna rättighetsgruppers ärenden"
            "Search the cases of one's own rights groups";
        CaseSearchAll "case.search_all"
            "Søge i alle sager" "Söka bland alla ärenden" "Search all cases";
        CaseSearchInvolved "case.search_involved"
            "Søge i sager, man har deltaget i" "Söka bland ärenden som man har deltagit i"
            "Search cases one took part in";
        CaseSeeOverview "case.see_overview"
            "Se overblikket, uanset hvad skabelonen siger" "Se översikten oavsett vad mallen säger"
            "See the overview whatever the template says";
        SubmissionCreate "submission.create"
            "Udfylde og sende blanketter uden for en sag" "Fylla i och skicka blanketter utanför ett ärende"
            "Fill in and submit forms outside a case";
        SubmissionSee "submission.see"
            "Se andres blanketter" "Se andras blanketter" "See the submissions of others";
        SubmissionChange "submission.change"
            "Rette andres blanketter" "Ändra andras blanketter" "Change the submissions of others";
        SubmissionDelete "submission.delete"
            "Slette andres blanketter" "Ta bort andras blanketter" "Delete the submissions of others";
    }
    UserProcesses: {
        ProcessSee "process.see"
            "Se de processer, som reglerne åbner for en" "Se de processer som reglerna öppnar för en"
            "See the processes that the rules open to one";
        ProcessComment "process.comment"
            "Kommentere processer, man kan se" "Kommentera processer som man kan se"
            "Comment on processes one can see";
        ProcessEdit "process.edit"
            "Rette og fjerne processer, man ejer eller er redaktør af"
            "Ändra och ta bort processer som man äger eller är redaktör för"
            "Edit and remove processes one owns or is an editor of";
        ProcessSetUpTasks "process.set_up_tasks"
            "Sætte opgaver og sager op fra processer, man kan se"
            "Lägga upp uppgifter och ärenden från processer som man kan se"
            "Set up tasks and cases from processes one can see";
        FormSee "form.see"
            "Se blanketskabeloner i egen organisation og fælles"
            "Se blankettmallar i egen organisation och gemensamma"
            "See form templates of one's own organisation and shared ones";
        WorkflowSee "workflow.see"
            "Se arbejdsgangsskabeloner i egen organisation og fælles"
            "Se arbetsflödesmallar i egen organisation och gemensamma"
            "See workflow templates of one's own organisation and shared ones";
    }
    UserDeliveries: {
        DeliveryRestart "delivery.restart"
            "Springe dataafleveringer over og genstarte dem" "Hoppa över och starta om dataleveranser"
            "Skip and restart deliveries";
        DeliveryStop "delivery.stop"
            "Stoppe dataafleveringer" "Stoppa dataleveranser" "Stop deliveries";
    }
    // Admin part: every right but the first also needs the first.
    AdminGeneral: {
        AdminEnter "admin.enter"
            "Adgang til administration; alle andre administratorrettigheder kræver den"
            "Tillgång till administration; alla andra administratörsrättigheter kräver den"
            "Enter administration; all other admin rights need it";
        ResponsibilityTypeManage "responsibility_type.manage"
            "Administrere ansvarstyper" "Hantera ansvarstyper" "Manage responsibility types";
        LabelTypeManage "label_type.manage"
            "Administrere etikettyper" "Hantera etikettyper" "Manage label types";
        ErrorTemplateManage "error_template.manage"
            "Administrere skabeloner til fejlsider" "Hantera mallar för felsidor" "Manage error page templates";
        ReceiptTemplateManage "receipt_template.manage"
            "Administrere skabeloner til kvitteringssider" "Hantera mallar för kvittenssidor"
            "Manage receipt page templates";
        LogSee "log.see"
            "Se og hente logge" "Se och hämta loggar" "See and download logs";
        MailTemplateManage "mail_template.manage"
            "Administrere mailskabeloner" "Hantera e-postmallar" "Manage mail templates";
        ReportSeeLocal "report.see_local"
            "Se lokale rapporter, også om roller og rettigheder" "Se lokala rapporter, även om roller och rättigheter"
            "See local reports, also on roles and rights";
        GroupManage "group.manage"
            "Administrere lokale rettighedsgrupper og deres medlemmer"
            "Hantera lokala rättighetsgrupper och deras medlemmar"
            "Manage local rights groups and their members";
        GroupManageShared "group.manage_shared"
            "Redigere fælles rettighedsgrupper" "Redigera gemensamma rättighetsgrupper" "Edit shared rights groups";
        TextManage "text.manage"
            "Administrere standardtekster og autotekster" "Hantera standardtexter och autotexter"
            "Manage standard texts and autotexts";
        CompanyManage "company.manage"
            "Administrere lokale virksomheder" "Hantera lokala företag" "Manage local companies";
        MessageReceiveAdmin "message.receive_admin"
            "Modtage beskeder til systemadministratorer" "Ta emot meddelanden till systemadministratörer"
            "Receive system administrators' messages";
        MessageManage "message.manage"
            "Sende beskeder til brugere" "Skicka meddelanden till användare" "Send messages to users";
        RoleAssign "role.assign"
            "Give brugere roller" "Ge användare roller" "Give users roles";
        RoleManage "role.manage"
            "Oprette, redigere, nulstille og slette roller" "Skapa, redigera, återställa och ta bort roller"
            "Create, edit, reset and delete roles";
        FlowOverviewSee "flow_overview.see"
            "Se flowoverblik" "Se flödesöversikt" "See the flow overview";
        LockdownEnter "lockdown.enter"
            "Adgang under nedlukning" "Tillgång under nedstängning" "Enter during lockdown";
    }
    AdminTemplates: {
        WorkflowManageCategories "workflow.manage_categories"
            "Administrere kategorier for arbejdsgange" "Hantera kategorier för arbetsflöden"
            "Manage workflow categories";
        WorkflowEdit "workflow.edit"
            "Oprette og rette lokale arbejdsgangsskabeloner" "Skapa och ändra lokala arbetsflödesmallar"
            "Create and change local workflow templates";
        WorkflowDelete "workflow.delete"
            "Slette lokale arbejdsgangsskabeloner" "Ta bort lokala arbetsflödesmallar"
            "Delete local workflow templates";
        WorkflowCreateShared "workflow.create_shared"
            "Oprette fælles arbejdsgangsskabeloner" "Skapa gemensamma arbetsflödesmallar"
            "Create shared workflow templates";
        WorkflowEditShared "workflow.edit_shared"
            "Redigere og slette fælles arbejdsgangsskabeloner" "Redigera och ta bort gemensamma arbetsflödesmallar"
            "Edit and delete shared workflow templates";
        FormEdit "form.edit"
            "Oprette og rette lokale blanketskabeloner" "Skapa och ändra lokala blankettmallar"
            "Create and change local form templates";
        FormDelete "form.delete"
            "Slette lokale blanketskabeloner" "Ta bort lokala blankettmallar" "Delete local form templates";
        FormCreateShared "form.create_shared"
            "Oprette fælles blanketskabeloner" "Skapa gemensamma blankettmallar" "Create shared form templates";
        FormEditShared "form.edit_shared"
            "Redigere og slette fælles blanketskabeloner" "Redigera och ta bort gemensamma blankettmallar"
            "Edit and delete shared form templates";
    }
    AdminOrganisation: {
        UserManageLocal "user.manage_local"
            "Administrere lokale brugere og deres oplysninger" "Hantera lokala användare och deras uppgifter"
            "Manage local users and their information";
        UserImport "user.import"
            "Administrere og køre importer" "Hantera och köra importer" "Manage and run imports";
        OrganisationChangeSettings "organisation.change_settings"
            "Ændre organisationens indstillinger, også nedlukning" "Ändra organisationens inställningar, även nedstängning"
            "Change an organisation's settings, lockdown too";
        OrganisationManage "organisation.manage"
            "Oprette, flytte og slette organisationer" "Skapa, flytta och ta bort organisationer"
            "Create, move and delete organisations";
    }
    AdminTextsAndLists: {
        ValueListChange "value_list.change"
            "Oprette, ændre og slette værdilister" "Skapa, ändra och ta bort värdelistor"
            "Create, change and delete value lists";
        ValueListSee "value_list.see"
            "Se værdilister" "Se värdelistor" "See value lists";
        NoticeSee "notice.see"
            "Se oplysningspligttekster" "Se informationspliktstexter" "See duty-of-information notices";
        NoticeCreate "notice.create"
            "Oprette og ændre oplysningspligttekster i åbne kategorier"
            "Skapa och ändra informationspliktstexter i öppna kategorier"
            "Create and change duty-of-information notices of open categories";
        NoticeChangeLocked "notice.change_locked"
            "Ændre oplysningspligttekster i låste kategorier" "Ändra informationspliktstexter i låsta kategorier"
            "Change duty-of-information notices of locked categories";
        GuideSee "guide.see"
            "Se vejledninger" "Se vägledningar" "See guides";
        GuideCreate "guide.create"
            "Oprette og ændre vejledninger i åbne kategorier" "Skapa och ändra vägledningar i öppna kategorier"
            "Create and change guides of open categories";
        GuideChangeLocked "guide.change_locked"
            "Ændre vejledninger i låste kategorier" "Ändra vägledningar i låsta kategorier"
            "Change guides of locked categories";
    }
    AdminDeliveries: {
        DeliveryAdminister "delivery.administer"
            "Se og stoppe alle dataafleveringer" "Se och stoppa alla dataleveranser" "See and stop all deliveries";
        DeliverySetUpAcadre "delivery.set_up_acadre"
            "Sætte dataaflevering til Acadre op" "Ställa in leverans till Acadre" "Set up deliveries to Acadre";
        DeliverySetUpHttp "delivery.set_up_http"
            "Sætte dataaflevering til HTTP-API'er op" "Ställa in leverans till HTTP-API:er"
            "Set up deliveries to HTTP APIs";
        DeliverySetUpApiFields "delivery.set_up_api_fields"
            "Sætte API-felter op" "Ställa in API-fält" "Set up API fields";
        DeliverySetUpNavision "delivery.set_up_navision"
            "Sætte dataaflevering til Navision op" "Ställa in leverans till Navision" "Set up deliveries to Navision";
        DeliverySetUpSbsys "delivery.set_up_sbsys"
            "Sætte dataaflevering til SBSYS op" "Ställa in leverans till SBSYS" "Set up deliveries to SBSYS";
        DeliverySetUpSls "delivery.set_up_sls"
            "Sætte dataaflevering til SLS op" "Ställa in leverans till SLS" "Set up deliveries to SLS";
        DeliverySetUpSql "delivery.set_up_sql"
            "Sætte dataaflevering til SQL-databaser op" "Ställa in leverans till SQL-databaser"
            "Set up deliveries to SQL databases";
        DeliverySetUpSharepoint "delivery.set_up_sharepoint"
            "Sætte dataaflevering til SharePoint og OneDrive op" "Ställa in leverans till SharePoint och OneDrive"
            "Set up deliveries to SharePoint and OneDrive";
        DeliveryUseStandard "delivery.use_standard"
            "Bruge standardafleveringerne mail og Digital Post" "Använda standardleveranserna e-post och Digital Post"
            "Use the standard deliveries, mail and Digital Post";
    }
    // Account part: one right for each fixed permission group, and those around them.
    AccountPermissionGroups: {
        AccountManage "account.manage"
            "Administrere kontoen" "Hantera kontot" "Manage the account";
        UserManage "user.manage"
            "Administrere kontoens brugere" "Hantera kontots användare" "Manage the account's users";
        UserManagePermissions "user.manage_permissions"
            "Administrere brugeres tilladelser, tilladelsesgrupper og profiler"
            "Hantera användares behörigheter, behörighetsgrupper och profiler"
            "Manage users' permissions, permission groups and profiles";
        ProcessRoleManage "process_role.manage"
            "Administrere roller i processer" "Hantera roller i processer" "Manage process roles";
        ProcessCreate "process.create"
            "Oprette processer" "Skapa processer" "Create processes";
        ProcessManageAll "process.manage_all"
            "Administrere alle processer" "Hantera alla processer" "Manage all processes";
        DrawingManage "drawing.manage"
            "Administrere tegninger af landskabet" "Hantera ritningar av landskapet" "Manage drawings of the landscape";
        ComponentManage "component.manage"
            "Administrere komponenter" "Hantera komponenter" "Manage components";
        LabelManage "label.manage"
            "Administrere etiketter" "Hantera etiketter" "Manage labels";
        FormManage "form.manage"
            "Administrere alle blanketskabeloner" "Hantera alla blankettmallar" "Manage all form templates";
        AccountCopyFrom "account.copy_from"
            "Kopiere fra kontoen til en anden" "Kopiera från kontot till ett annat" "Copy from the account to another";
    }
    AccountIntegration: {
        TokenManage "token.manage"
            "Administrere API-nøgler" "Hantera API-nycklar" "Manage API tokens";
        UserProvision "user.provision"
            "Lade et katalog føre brugere og grupper ved SCIM" "Låta en katalog föra användare och grupper med SCIM"
            "Let a directory keep users and groups by SCIM";
        WebhookManage "webhook.manage"
            "Administrere webhooks" "Hantera webhooks" "Manage webhooks";
        EncryptionKeyManage "encryption_key.manage"
            "Administrere krypteringsnøgler" "Hantera krypteringsnycklar" "Manage encryption keys";
    }
    AccountOwner: {
        AccountExport "account.export"
            "Hente hele kontoen ud" "Exportera hela kontot" "Export the whole account";
        AccountTransfer "account.transfer"
            "Overdrage kontoen til en anden ejer" "Överlåta kontot till en annan ägare"
            "Hand the account over to another owner";
        AccountChangePlan "account.change_plan"
            "Skifte kontoens abonnement" "Byta kontots abonnemang" "Change the account's plan";
        AccountManageSeats "account.manage_seats"
            "Administrere betalte pladser" "Hantera betalda platser" "Manage billing seats";
        AccountChangeDefaults "account.change_defaults"
            "Ændre kontoens standarder" "Ändra kontots standardvärden" "Change the account's defaults";
        AccountClose "account.close"
            "Lukke kontoen" "Stänga kontot" "Close the account";
    }
    // Privacy part: what is done for the people that the data is about.
    Privacy: {
        PersonSearchRun "person_search.run"
            "Søge efter en person overalt" "Söka efter en person överallt" "Search for a person everywhere";
        RetentionRuleManage "retention_rule.manage"
            "Administrere gallringsregler og anonymisering" "Hantera gallringsrutiner och anonymisering"
            "Manage retention and anonymization rules";
        AnonymizationRun "anonymization.run"
            "Køre anonymisering" "Köra anonymisering" "Run anonymization";
        AnonymizationApprove "anonymization.approve"
            "Godkende anonymisering" "Godkänna anonymisering" "Approve anonymization";
        SecureRecordRead "secure_record.read"
            "Læse sikre oplysninger for de blanketter, man er givet adgang til"
            "Läsa säkra uppgifter för de blanketter man har fått tillgång till"
            "Read secure records of the forms one has been let into";
        SecureRecordManage "secure_record.manage"
            "Bestemme for hver blanket, hvem der læser sikre oplysninger"
            "Bestämma för varje blankett vem som läser säkra uppgifter"
            "Decide for each form who reads secure records";
        IncidentManage "incident.manage"
            "Administrere indberetninger af sikkerhedsbrud" "Hantera incidentrapporter" "Manage incident reports";
        ProcessingActivityManage "processing_activity.manage"
            "Administrere fortegnelsen over behandlinger" "Hantera registerförteckningen"
            "Manage the inventory of processing";
        DataProcessorManage "data_processor.manage"
            "Oprette, rette og slette databehandlere" "Skapa, ändra och ta bort personuppgiftsbiträden"
            "Create, edit and delete data processors";
        DataProcessorAttach "data_processor.attach"
            "Knytte databehandlere til arbejdsgange" "Knyta personuppgiftsbiträden till arbetsflöden"
            "Attach data processors to workflows";
        SubjectRequestManage "subject_request.manage"
            "Behandle anmodninger fra registrerede" "Hantera begäranden från registrerade"
            "Handle the requests of data subjects";
        LegalHoldManage "legal_hold.manage"
            "Administrere bevaringspåbud" "Hantera bevarandekrav" "Manage legal holds";
        RecordSee "record.see"
            "Se registre, som andre systemer fører" "Se register som andra system för"
            "See registers that other systems keep";
        RecordChange "record.change"
            "Føre registre: oprette, rette og slette poster" "Föra register: skapa, ändra och ta bort poster"
            "Keep registers: create, change and delete records";
        RecordKindManage "record_kind.manage"
            "Administrere registrenes arter" "Hantera registrens slag" "Manage the kinds of register";
    }
}
