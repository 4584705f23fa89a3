"""Words that names of companies share, and what is left out or written in one way before names are compared."""

from __future__ import annotations

CONNECTORS = frozenset(
    "and und et y e i og och en ja ve the der die das des le la les el los las of de di da do du del von van vd den en & u a".split()
)

SPELLINGS: dict[str, str] = {
    variant: word
    for word, variants in {
        "international": "intl int internat internl internatl internacional internazionale internationale internationaler internationales inter'l",
        "manufacturing": "mfg manuf manufg manufacture manufacturer",
        "technology": "technologies technol technologie technologien tecnologia tecnologias tecnologie teknoloji",
        "technik": "techn tech technic technics tek teknik",
        "service": "services svc svcs serv servicios servizi servicos",
        "system": "systems sys systeme systemes sistemas sistemi",
        "solution": "solutions soln solns losungen",
        "industry": "industries industrie industrial industria industrias ind indus industriel industrielle",
        "brother": "brothers bros gebruder gebr freres hermanos hnos fratelli flli",
        "group": "grp groupe gruppe grupo gruppo groep",
        "holding": "holdings hldg hldgs",
        "engineering": "engrg engg engr eng engineers ingenieria",
        "management": "mgmt mgt mngmt",
        "association": "assoc assn associates assocs",
        "distribution": "distrib distr distributors distributor distribuciones",
        "trading": "trdg trade traders handels handel comercial commerciale comercio commerce",
        "enterprise": "enterprises ent entp entreprise entreprises",
        "national": "natl nat nacional nationale nazionale",
        "american": "amer",
        "equipment": "equip eqpt equipments",
        "electric": "elec electrical elektro elektrik electrica elettrica elec",
        "electronic": "electronics elektronik elettronica electronica",
        "maschinenbau": "maschbau maschinenbau",
        "transport": "transports transporte transportes transporti trans transportation ttes tptes",
        "son": "sons sohn sohne fils hijo hijos figlio figli filho filhos zoon zonen zn syn synowie",
        "pharmacy": "pharmacie phcie apotheke farmacia apteka apotek apteek apotheek lekarna",
        "logistic": "logistics logistik logistica logistique",
        "construction": "constr const constructions construcciones costruzioni",
        "product": "products prod prods produkte produits productos prodotti",
        "material": "materials mat mats",
        "pharmaceutical": "pharma pharmaceuticals pharm",
        "chemical": "chem chemicals chemie chimie",
        "laboratory": "lab labs laboratories laboratorio laboratorios laboratoires laboratoire",
        "communication": "comm comms communications",
        "department": "dept",
        "development": "dev devel",
        "university": "univ",
        "supply": "supplies",
        "university2": "universitat universite universidad",
        "saint": "st sankt sainte san santa",
        "deutschland": "deutsche deutscher german germany",
        "schweiz": "swiss suisse switzerland svizzera",
        "oesterreich": "osterreich austria",
        "france": "francaise francais",
        "italia": "italy italiana italiano",
        "espana": "spain espanola espanol iberica iberia",
        "nederland": "netherlands holland nederlandse",
        "usa": "us america",
        "uk": "britain gb",
        "center": "centre zentrum centro ctr",
        "company": "companies",
    }.items()
    for variant in variants.split()
}  # fmt: skip
"""Abbreviations and translations that people use for one word -> that word."""

NUMBERS: dict[str, str] = {
    variant: digit
    for digit, variants in {
        "2": "zwei two deux twee", "3": "drei three trois tres drie trzy", "4": "vier four quatre cuatro quattro cztery",
        "5": "funf five cinq cinco cinque vijf", "6": "sechs six seis zes", "7": "sieben seven siete sette zeven",
        "8": "acht eight huit ocho", "9": "neun nine neuf nueve negen",
    }.items()
    for variant in variants.split()
}  # fmt: skip
"""Numbers in words, but for those that are names or other words, too (Otto, due)."""

SISTER = frozenset(
    """service verwaltung beteiligung holding immobilien property leasing finance invest investment stiftung foundation
    vertrieb sale netz international global export import group akademie academy capital real asset treasury
    management venture forderverein""".split()
)
"""Words by which companies of one group are told apart."""

OWNER = ("inh", "inhaber", "inhaberin", "titolare", "titular", "proprietaire", "propr", "owner", "eigenaar")
"""What comes before the name of the person that a shop belongs to."""

DEPARTMENTS = frozenset(
    """sekretariat einkauf buchhaltung zentrale hauptverwaltung zentraleinkauf rechnungswesen kreditoren empfang edv
    accounting accounts purchasing procurement headquarters hq head_office accounts_payable purchasing_dept it_department
    comptabilite achats siege siege_social secretariat amministrazione acquisti ufficio_acquisti sede sede_legale
    administracion compras central inkoop administratie hoofdkantoor inkop ekonomi dzial_zakupow ksiegowosc""".split()
)
"""Parts of a company that people write behind its name, set off by a dash, a comma or brackets; plain, `_` for a blank."""

COMMON = frozenset(
    """international manufacturing technology technik service system solution industry group holding engineering management
    association distribution trading enterprise national equipment electric electronic transport logistic construction product
    material pharmaceutical chemical communication development supply center global world europe european asia pacific america
    usa uk deutschland france italia espana nederland schweiz oesterreich polska china india japan canada mexico brasil brazil
    north south east west nord sud ost central media digital data software consulting consult partner business market marketing
    sale vertrieb verwaltung beteiligung immobilien real estate property invest investment capital finance financial bank
    insurance versicherung health medical care energy power solar water food foods beverage auto automotive motor car bau metall
    metal steel stahl holz wood glas glass paper plastic kunststoff textile fashion design studio print druck haus house home shop
    store online web net network company limited first general universal united new super pro plus one best quality express
    import export import-export company kinetic tool werkzeug machine machinery maschinenbau maschine pump valve cable security
    cleaning travel hotel restaurant cafe garage elektro sanitar heizung maler dach garten landschaft agro farm agri verlag
    publishing academy school education training research science bio life tech lab instrument optic precision automation
    robotik robotics control packaging verpackung foundry giesserei trading mercantile""".split()
)
"""Words that say what a company does or where, not which one it is. They are common in any data, however few the records."""

FORMER = (
    "formerly known as", "previously known as", "formerly", "previously", "f/k/a", "fka", "vormals", "vorm.", "früher", "frueher", "ehemals", "ehem.",
    "anciennement", "antes", "già", "ex ", "tidigare", "tidl.", "voorheen", "dawniej", "dříve", "бывш.", "旧", "原",
    "korábban", "précédemment", "in precedenza", "precedentemente", "anteriormente", "antiguamente", "poprzednio", "dříve jako", "predtým", "tidligere",
    "entinen", "aiemmin", "v/h", "eski adı", "πρώην", "ранее", "fostă",
)  # fmt: skip
TRADING = (
    "doing business as", "d/b/a", "dba", "trading as", "t/as", "t/a", "also known as", "a/k/a", "aka", "operating as", "o/a", "handelnd als",
    "firmierend als", "nombre comercial", "nom commercial", "enseigne", "brand name",
)  # fmt: skip
"""What comes before an older name, and before the name a company trades under."""

BRANCH = (
    "zweigniederlassung", "niederlassung", "niederl.", "nl", "zweigstelle", "betriebsstätte", "betriebsstaette", "filiale", "filial", "branch office",
    "branch", "succursale", "sucursal", "succ.", "sede secondaria", "oddział", "oddzial", "pobočka", "pobocka", "fióktelepe", "sivuliike", "vestiging",
    "bijkantoor", "филиал", "支店", "支社", "分公司", "지점", "werk", "plant", "depot", "standort", "agence", "delegación", "delegacion", "şubesi", "subesi",
)  # fmt: skip
"""Words for a part of a company at another place."""

PLACEHOLDERS = frozenset(
    """na n/a none null nil unknown unbekannt inconnu desconocido sconosciuto test tbd tba dummy x xx xxx - -- . ? keine kein
    no not available notavailable nichtvorhanden vacant empty leer default pending missing undefined sample asdf qwerty
    privat private kunde customer cliente client guest gast gastkunde diverse divers sundry cpd barverkauf walkin""".split()
)
"""What people type where they know nothing."""

FREE_MAIL = frozenset(
    """gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk hotmail.fr hotmail.de hotmail.it hotmail.es live.com live.co.uk live.de live.fr
    msn.com yahoo.com yahoo.co.uk yahoo.de yahoo.fr yahoo.it yahoo.es yahoo.co.jp yahoo.co.in yahoo.com.br yahoo.ca ymail.com rocketmail.com aol.com
    aol.de icloud.com me.com mac.com gmx.de gmx.net gmx.at gmx.ch gmx.com web.de t-online.de freenet.de arcor.de online.de 1und1.de mail.de email.de
    posteo.de mailbox.org proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de zoho.com mail.com email.com inbox.com fastmail.com hey.com
    orange.fr wanadoo.fr free.fr sfr.fr laposte.net neuf.fr bbox.fr club-internet.fr numericable.fr libero.it virgilio.it tin.it alice.it tiscali.it
    fastwebnet.it telefonica.net terra.es sapo.pt iol.pt mail.pt btinternet.com bt.com sky.com talktalk.net virginmedia.com ntlworld.com blueyonder.co.uk
    tiscali.co.uk comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net rogers.com shaw.ca sympatico.ca telus.net
    bigpond.com bigpond.net.au optusnet.com.au xtra.co.nz telenet.be skynet.be hotmail.be ziggo.nl kpnmail.nl planet.nl xs4all.nl home.nl hetnet.nl
    bluewin.ch sunrise.ch hispeed.ch aon.at chello.at a1.net telia.com bredband.net spray.se online.no mail.dk live.dk hotmail.se live.se live.nl elisa.fi
    kolumbus.fi luukku.com wp.pl o2.pl onet.pl interia.pl gazeta.pl op.pl poczta.fm seznam.cz email.cz centrum.cz atlas.cz post.cz azet.sk zoznam.sk
    freemail.hu citromail.hu t-online.hu mail.ru yandex.ru yandex.com bk.ru list.ru inbox.ru rambler.ru ya.ru ukr.net i.ua abv.bg mail.bg yahoo.ro
    qq.com 163.com 126.com sina.com sina.cn sohu.com foxmail.com aliyun.com yeah.net naver.com daum.net hanmail.net nate.com docomo.ne.jp ezweb.ne.jp
    softbank.ne.jp nifty.com biglobe.ne.jp ocn.ne.jp rediffmail.com uol.com.br bol.com.br terra.com.br ig.com.br hotmail.com.br outlook.com.br prodigy.net.mx
    mynet.com hotmail.com.tr walla.co.il walla.com netvision.net.il bezeqint.net otenet.gr forthnet.gr gmail.de googlemail.de outlook.de outlook.fr
    outlook.es outlook.it""".split()
)
"""Hosts where anybody may have a mailbox."""

SHARED_HOSTS = frozenset(
    """facebook.com instagram.com linkedin.com twitter.com x.com youtube.com wixsite.com wordpress.com blogspot.com jimdo.com jimdofree.com weebly.com
    squarespace.com shopify.com myshopify.com etsy.com ebay.com ebay.de amazon.com amazon.de google.com sites.google.com business.site github.io
    herokuapp.com azurewebsites.net cloudfront.net godaddysites.com webnode.com strato.de ionos.de one.com marketplace.amazon.com members.ebay.com
    marketplace.amazon.de marketplace.amazon.co.uk""".split()
)
"""Hosts where anybody may have a page or a shop."""

SECOND_LEVEL = frozenset(
    "co com org net ac edu gov or ne go gob gouv gv ltd plc me nom asso priv in ind firm gen web sch nhs police mil gub k12 school id".split()
)
"""Labels that stand between a country's domain and the name (`acme.co.uk`)."""

CITIES: dict[str, str] = {
    variant: city
    for city, variants in {
        "munchen": "munich monaco_di_baviera", "koln": "cologne colonia keulen", "wien": "vienna vienne viena becs", "praha": "prague prag praga",
        "milano": "milan mailand", "roma": "rome rom", "torino": "turin", "firenze": "florence florenz", "venezia": "venice venedig",
        "napoli": "naples neapel", "genova": "genoa genua", "geneve": "geneva genf ginevra", "zurich": "zuerich zurigo", "basel": "basle bale",
        "bruxelles": "brussels brussel bruessel", "antwerpen": "antwerp anvers", "gent": "ghent gand", "kobenhavn": "copenhagen kopenhagen",
        "goteborg": "gothenburg", "warszawa": "warsaw warschau", "krakow": "cracow krakau", "lisboa": "lisbon lissabon", "sevilla": "seville",
        "athina": "athens athen", "moskva": "moscow moskau", "kyiv": "kiev kyjiw kiyiv", "bucuresti": "bucharest bukarest", "beograd": "belgrade belgrad",
        "beijing": "peking bei_jing", "shanghai": "shang_hai", "shenzhen": "shen_zhen", "guangzhou": "canton guang_zhou", "nurnberg": "nuremberg", "hannover": "hanover", "den haag": "the_hague hague s_gravenhage",
        "luzern": "lucerne", "bern": "berne", "strasbourg": "strassburg", "lyon": "lyons", "marseille": "marseilles", "tokyo": "tokio", "wroclaw": "breslau",
        "gdansk": "danzig", "poznan": "posen", "bratislava": "pressburg", "helsinki": "helsingfors", "turku": "abo", "sankt peterburg": "petersburg petersberg",
        "new york": "nyc", "mexico": "mexico_city ciudad_de_mexico cdmx", "zaragoza": "saragossa", "braunschweig": "brunswick", "regensburg": "ratisbon", "luxembourg": "luxemburg",
        "lille": "rijsel", "leuven": "louvain", "liege": "luttich luik", "mainz": "mayence", "trier": "treves", "thessaloniki": "salonica saloniki",
    }.items()
    for variant in variants.split()
}  # fmt: skip
"""Other languages' names of cities -> the city's own."""

STREETS: dict[str, str] = {
    variant: word
    for word, variants in {
        "": "strasse str straße street st road rd avenue ave av boulevard blvd bd lane ln drive dr way court ct place pl square sq rue via viale corso "
        "piazza calle cl c avda avenida rua plaza paseo ul ulica ulitsa ul. weg platz allee straat laan gatan vagen gata vej gade tie katu utca ut "
        "de la du des di della del der den the no nr n num numero building bldg suite ste unit floor fl etage og haus house zona industriale zi za "
        "chemin route quai impasse zone parc park business industrial estate prospekt pr cad caddesi sok sokak mah mahallesi",
    }.items()
    for variant in variants.split()
}  # fmt: skip
"""Words for streets that are left out before streets are compared."""

SHIFTS = ("strasse", "straße", "str", "weg", "platz", "allee", "straat", "laan", "gatan", "gade", "vej")
"""Endings that are glued to a street's name."""
